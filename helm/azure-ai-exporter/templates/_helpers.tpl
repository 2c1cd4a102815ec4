{{/* The application's name. */}}
{{- define "exporter.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* The name of all objects. 40 characters leave room for what Kubernetes adds to those of pods. */}}
{{- define "exporter.fullname" -}}
{{- $name := include "exporter.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- .Values.fullnameOverride | default $full | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* What never changes of a pod's labels: selectors cannot be upgraded. */}}
{{- define "exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The labels of an object: `include "exporter.labels" (list $ .Values.some.labels)`; the chart's own win. */}}
{{- define "exporter.labels" -}}
{{- $root := index . 0 }}
{{- $own := include "exporter.selectorLabels" $root | fromYaml }}
{{- $_ := set $own "app.kubernetes.io/version" ($root.Values.image.tag | default $root.Chart.AppVersion | trunc 63) }}
{{- $_ := set $own "app.kubernetes.io/managed-by" $root.Release.Service }}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_") }}
{{- merge $own (index . 1) $root.Values.commonLabels | toYaml }}
{{- end }}

{{- define "exporter.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "exporter.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "exporter.image" -}}
{{- .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* `https` or `http`. */}}
{{- define "exporter.scheme" -}}
{{- ternary "https" "http" (hasKey .Values.web.config "tls_server_config") }}
{{- end }}

{{/* "true" where clients need a certificate, which the kubelet has not. */}}
{{- define "exporter.demandsCertificates" -}}
{{- $tls := .Values.web.config.tls_server_config | default dict }}
{{- if eq (get $tls "client_auth_type") "RequireAndVerifyClientCert" }}true{{ end }}
{{- end }}

{{/* "true" where a StatefulSet runs the pods. */}}
{{- define "exporter.stateful" -}}
{{- if or (gt (int .Values.shards) 1) .Values.checkpoint.enabled }}true{{ end }}
{{- end }}

{{/* config.yaml; it is for everybody to read, and so no key may stand in it. */}}
{{- define "exporter.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if not (or $config.resources $config.discover_resources) }}
{{- fail "config.resources is empty: name what is to be watched, see the README of the chart" }}
{{- end }}
{{- range $config.resources }}
{{- if hasKey .auth "key" }}
{{- fail (printf "config.resources: auth.key of %q would show the key in a ConfigMap: put it in a Secret and write existingSecret: THE-SECRET and auth: {key_file: ITS-KEY}" .name) }}
{{- end }}
{{- end }}
{{- if .Values.checkpoint.enabled }}
{{- $_ := set $config "state_file" "/var/lib/exporter/state.sqlite" }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{/* One folder, /etc/exporter, with the configuration and the files that it names. */}}
{{- define "exporter.configVolume" -}}
name: config
projected:
  defaultMode: 0440
  sources:
    - configMap:
        name: {{ include "exporter.fullname" . }}
    {{- if or .Values.secrets .Values.web.config }}
    - secret:
        name: {{ include "exporter.fullname" . }}
    {{- end }}
    {{- with .Values.existingSecret }}
    - secret:
        name: {{ . }}
    {{- end }}
    {{- with .Values.web.existingSecret }}
    - secret:
        name: {{ . }}
    {{- end }}
{{- end }}

{{/* What a monitor says of every scrape. */}}
{{- define "exporter.scrape" -}}
{{- with .Values.scrape.interval }}
interval: {{ . }}
{{- end }}
{{- with .Values.scrape.timeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .Values.scrape.tlsConfig }}
tlsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.scrape.basicAuth }}
basicAuth: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.scrape.metricRelabelings }}
metricRelabelings: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What Azure Monitor demands of its monitors; beyond these limits it drops what was scraped.
https://learn.microsoft.com/azure/azure-monitor/containers/prometheus-metrics-scrape-crd */}}
{{- define "exporter.limits" -}}
{{- if hasPrefix "azmonitoring." .Values.scrape.apiVersion -}}
labelLimit: 63
labelNameLengthLimit: 511
labelValueLengthLimit: 1023
{{- end }}
{{- end }}

{{/* Of the pod of `helm test`: other labels than the exporter's, so that no selector takes it for one. */}}
{{- define "exporter.testLabels" -}}
app.kubernetes.io/name: {{ include "exporter.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The path below which the port has its routes, without a slash at its end. */}}
{{- define "exporter.prefix" -}}
{{- with .Values.web.routePrefix | default (urlParse .Values.web.externalUrl).path | trimAll "/" -}}
/{{ . }}
{{- end -}}
{{- end -}}
