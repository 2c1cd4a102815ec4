{{/* The pod, whoever runs it. There is no checksum of the configuration: the exporter watches its files. */}}
{{- define "exporter.pod" -}}
metadata:
  labels:
    {{- $own := include "exporter.selectorLabels" . | fromYaml }}
    {{- if .Values.workloadIdentity.enabled }}
    {{- $_ := set $own "azure.workload.identity/use" "true" }}
    {{- end }}
    {{- merge $own .Values.podLabels .Values.commonLabels | toYaml | nindent 4 }}
  {{- with .Values.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "exporter.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext: {{- toYaml .Values.podSecurityContext | nindent 4 }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: exporter
      image: {{ include "exporter.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        - run
        - --config.file=/etc/exporter/config.yaml
        - --web.listen-address=:{{ .Values.web.port }}
        {{- if .Values.web.config }}
        - --web.config.file=/etc/exporter/web.yaml
        - --web.open-health
        {{- end }}
        {{- with .Values.web.externalUrl }}
        - --web.external-url={{ . }}
        {{- end }}
        {{- with .Values.web.routePrefix }}
        - --web.route-prefix={{ . }}
        {{- end }}
        {{- if .Values.web.enableLifecycle }}
        - --web.enable-lifecycle
        {{- end }}
        {{- if gt (int .Values.shards) 1 }}
        - --shard=auto
        - --total-shards={{ .Values.shards }}
        {{- end }}
        - --log.level={{ .Values.log.level }}
        - --log.format={{ .Values.log.format }}
        {{- with .Values.extraArgs }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      env:
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.extraEnvFrom }}
      envFrom: {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: http
          containerPort: {{ .Values.web.port }}
          protocol: TCP
      livenessProbe:
        {{- include "exporter.health" (list . "/-/healthy") | nindent 8 }}
        {{- with .Values.livenessProbe }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      readinessProbe:
        {{- include "exporter.health" (list . "/-/ready") | nindent 8 }}
        {{- with .Values.readinessProbe }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.resources }}
      resources: {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext: {{- toYaml .Values.securityContext | nindent 8 }}
      volumeMounts:
        - name: config
          mountPath: /etc/exporter
          readOnly: true
        {{- if .Values.checkpoint.enabled }}
        - name: state
          mountPath: /var/lib/exporter
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - {{- include "exporter.configVolume" . | nindent 6 }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  {{- $mine := dict "labelSelector" (dict "matchLabels" (include "exporter.selectorLabels" $ | fromYaml)) }}
  topologySpreadConstraints:
    {{- range . }}
    - {{- merge (deepCopy .) $mine | toYaml | nindent 6 }}
    {{- end }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
{{- end }}

{{/* How the kubelet asks: `include "exporter.health" (list $ "/-/ready")`. */}}
{{- define "exporter.health" -}}
{{- $root := index . 0 }}
{{- if include "exporter.demandsCertificates" $root -}}
tcpSocket:
  port: http
{{- else -}}
httpGet:
  path: {{ include "exporter.prefix" (index . 0) }}{{ index . 1 }}
  port: http
  scheme: {{ include "exporter.scheme" $root | upper }}
{{- end }}
{{- end }}
