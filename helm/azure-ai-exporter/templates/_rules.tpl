{{/* What an alert is about, as its annotations say: `operation`, `resource`, or nothing of both. */}}
{{- define "exporter.alertAbout" -}}
{{- $said := .annotations | default dict | toJson }}
{{- if contains "$labels.operation" $said }}operation{{ else if contains "$labels.resource" $said }}resource{{ end }}
{{- end }}

{{/* The query of an alert with labels of an info series: `include "exporter.alertExpr" (list $rule $labels)`.
Of several exporters' info series topk takes one; without any, the alert comes without these labels.
What counts requests or charge outlives a restart, and so must the labels of a resource. */}}
{{- define "exporter.alertExpr" -}}
{{- $rule := index . 0 }}
{{- $labels := index . 1 }}
{{- $about := include "exporter.alertAbout" $rule }}
{{- if and $labels $about }}
{{- $key := printf "cluster, namespace, job, %s" (ternary "resource, api, operation" "resource" (eq $about "operation")) -}}
(
{{ $rule.expr | trim | indent 2 }}
)
  * on ({{ $key }}) group_left ({{ join ", " $labels }}) (
    topk by ({{ $key }}) (1, azure_ai_{{ $about }}_info)
    {{- if eq $about "resource" }}
    or on ({{ $key }}) topk by ({{ $key }}) (1, last_over_time(azure_ai_resource_info[15m]))
    {{- end }}
  )
or on ({{ $key }}) (
{{ $rule.expr | trim | indent 2 }}
)
{{- else }}
{{- $rule.expr }}
{{- end }}
{{- end }}

{{/* The page of an alert's operation or resource, for Prometheus to fill in: `include "exporter.alertPage" (list $rule $url)`. */}}
{{- define "exporter.alertPage" -}}
{{- $url := index . 1 | trimSuffix "/" }}
{{- $about := include "exporter.alertAbout" (index . 0) }}
{{- if and $url $about }}
{{- $url }}{{ ternary "/operation?" "/?" (eq $about "operation") -}}
{{ `resource={{ urlquery $labels.resource }}` }}
{{- if eq $about "operation" }}{{ `&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}` }}{{ end }}
{{- end }}
{{- end }}
