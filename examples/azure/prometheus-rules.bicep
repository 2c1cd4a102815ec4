// Alerts and recordings for Azure Managed Prometheus, which knows no PrometheusRule. Made by
// `make docs` from helm/azure-ai-exporter/rules; docs/azure.md shows how to deploy it.

@description('Resource id of the Azure Monitor workspace with the metrics.')
param workspaceId string

@description('Region of the workspace.')
param location string = resourceGroup().location

@description('The label `cluster` of the queried metrics; all clusters if empty.')
param clusterName string = ''

@description('Resource ids of the action groups that get the alerts.')
param actionGroupIds array = []

@description('Labels of azure_ai_operation_info and azure_ai_resource_info that alerts carry.')
param infoLabels array = []

@description('URL of the exporter, without a slash at its end: alerts link to its pages.')
param externalUrl string = ''

@description('URL of the folder with docs/runbooks, without a slash at its end.')
param runbooks string = ''

@description('Numbers and durations other than the defaults below.')
param thresholds object = {}

var threshold = union({
  behindFor: 'PT10M'
  chargePerDay: 20000000
  chargePerHour: 2000000
  checkpointFailingFor: 'PT5M'
  costPerDay: 500
  costPerHour: 50
  goneFor: 'PT5M'
  lagSeconds: 60
  lateSeconds: 900
  longerThanUsualFor: 'PT10M'
  pastDeadlineSeconds: 600
  queuedSeconds: 1800
  queuedSecondsOpenaiFineTuning: 21600
  queuedSecondsSpeechTranscription: 3600
  recentSeconds: 3600
  resultsExpiringSeconds: 0
  shardMissingFor: 'PT5M'
  stuckSeconds: 1800
  stuckSecondsCustomSpeech: 86400
  stuckSecondsDocumentIntelligence: 14400
  stuckSecondsLanguage: 7200
  stuckSecondsOpenaiBatch: 86400
  stuckSecondsOpenaiFineTuning: 21600
  stuckSecondsSpeechSynthesis: 900
  stuckSecondsSpeechTranscription: 21600
  throttledFor: 'PT10M'
  throttledRatio: '0.1'
  truncatedFor: 'PT5M'
  unauthorisedFor: 'PT1M'
  unreadableFor: 'PT15M'
  usualOperations: 20
  usualRatio: 3
}, thresholds)
var labels = join(infoLabels, ', ')
var actions = [for id in actionGroupIds: {
  actionGroupId: id
}]

resource azureAiExporter 'Microsoft.AlertsManagement/prometheusRuleGroups@2023-03-01' = {
  name: 'azure-ai-exporter'
  location: location
  properties: {
    scopes: [
      workspaceId
    ]
    clusterName: empty(clusterName) ? null : clusterName
    interval: 'PT1M'
    rules: [
      {
        alert: 'AzureAIExporterGone'
        expression: 'group without (instance, pod, version, python_version) ( last_over_time(azure_ai_exporter_build_info[1d]) ) unless group without (instance, pod, version, python_version) (azure_ai_exporter_build_info) or absent(last_over_time(azure_ai_exporter_build_info[1d]))'
        for: threshold.goneFor
        severity: 0
        labels: {
          severity: 'critical'
        }
        annotations: union({
          description: 'Prometheus cannot scrape azure-ai-exporter{{ with $labels.job }} of job {{ . }}{{ end }}. It has no data about Azure AI, and no other alert about it can fire.'
          summary: 'azure-ai-exporter{{ with $labels.job }} of job {{ . }}{{ end }} is down'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIExporterGone.md'
        })
        actions: actions
      }
      {
        alert: 'AzureAIExporterShardMissing'
        expression: 'max without (instance, pod) (azure_ai_exporter_shards) - count without (shard) ( count_values without (instance, pod) ("shard", azure_ai_exporter_shard) ) > 0'
        for: threshold.shardMissingFor
        severity: 0
        labels: {
          severity: 'critical'
        }
        annotations: union({
          description: '{{ $value }} shards of job {{ $labels.job }} are not running. Their operations are not polled.'
          summary: '{{ $value }} shards of azure-ai-exporter of job {{ $labels.job }} are missing'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIExporterShardMissing.md'
        })
        actions: actions
      }
      {
        alert: 'AzureAIExporterBehind'
        expression: '( max without (instance, pod) (avg_over_time(azure_ai_exporter_poll_lag_seconds[10m])) > ${threshold.lagSeconds} and sum without (instance, pod, outcome) (increase(azure_ai_exporter_polls_total[10m])) > 0 or max without (instance, pod) ( azure_ai_exporter_requests_waiting > 0 and increase(azure_ai_exporter_request_wait_seconds_count[10m]) == 0 ) ) * on (cluster, namespace, job, resource) group_left (${labels}) ( topk by (cluster, namespace, job, resource) (1, azure_ai_resource_info) or on (cluster, namespace, job, resource) topk by (cluster, namespace, job, resource) (1, last_over_time(azure_ai_resource_info[15m])) ) or on (cluster, namespace, job, resource) ( max without (instance, pod) (avg_over_time(azure_ai_exporter_poll_lag_seconds[10m])) > ${threshold.lagSeconds} and sum without (instance, pod, outcome) (increase(azure_ai_exporter_polls_total[10m])) > 0 or max without (instance, pod) ( azure_ai_exporter_requests_waiting > 0 and increase(azure_ai_exporter_request_wait_seconds_count[10m]) == 0 ) )'
        for: threshold.behindFor
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ if $labels.api }}Polls of {{ $labels.api }} operations of resource {{ $labels.resource }} start {{ humanizeDuration $value }} late. {{- else }}{{ $value }} requests to resource {{ $labels.resource }} wait, and none was sent for ten minutes.{{ end }}'
          summary: 'Polls of {{ with $labels.api }}{{ . }} of {{ end }}{{ $labels.resource }} are late'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIExporterBehind.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/?resource={{ urlquery $labels.resource }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIExporterListTruncated'
        expression: '( max without (instance, pod) (azure_ai_exporter_list_truncated) == 1 ) * on (cluster, namespace, job, resource) group_left (${labels}) ( topk by (cluster, namespace, job, resource) (1, azure_ai_resource_info) or on (cluster, namespace, job, resource) topk by (cluster, namespace, job, resource) (1, last_over_time(azure_ai_resource_info[15m])) ) or on (cluster, namespace, job, resource) ( max without (instance, pod) (azure_ai_exporter_list_truncated) == 1 )'
        for: threshold.truncatedFor
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: 'Resource {{ $labels.resource }} has more {{ $labels.api }} operations than `max_operations` allows. The others are not polled, and no other alert can fire for them.'
          summary: 'Operations of {{ $labels.api }} of {{ $labels.resource }} are not polled'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIExporterListTruncated.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/?resource={{ urlquery $labels.resource }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIExporterReloadFailed'
        expression: 'azure_ai_exporter_config_last_reload_successful == 0 or azure_ai_exporter_web_config_last_reload_successful == 0'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.instance }} could not reload its configuration or its web configuration, and continues with the old one. The next start would fail.'
          summary: 'The new configuration of {{ $labels.instance }} has errors'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIExporterReloadFailed.md'
        })
        actions: actions
      }
      {
        alert: 'AzureAIExporterCheckpointFailing'
        expression: 'azure_ai_exporter_checkpoint_last_write_successful == 0'
        for: threshold.checkpointFailingFor
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.instance }} cannot write its checkpoint. A restart would lose all changes since the last write, and count charges again.'
          summary: 'The checkpoint of {{ $labels.instance }} cannot be written'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIExporterCheckpointFailing.md'
        })
        actions: actions
      }
    ]
  }
}

resource azureAiOperations 'Microsoft.AlertsManagement/prometheusRuleGroups@2023-03-01' = {
  name: 'azure-ai-operations'
  location: location
  properties: {
    scopes: [
      workspaceId
    ]
    clusterName: empty(clusterName) ? null : clusterName
    interval: 'PT1M'
    rules: [
      {
        alert: 'AzureAIOperationFailed'
        expression: '( max without (instance, pod, state) ( azure_ai_operation_state{state=~"Failed|PartiallySucceeded"} ) == 1 and ( max without (instance, pod) (azure_ai_operation_last_action_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > time() - ${threshold.recentSeconds} ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod, state) ( azure_ai_operation_state{state=~"Failed|PartiallySucceeded"} ) == 1 and ( max without (instance, pod) (azure_ai_operation_last_action_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > time() - ${threshold.recentSeconds} )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} has failed {{- with printf `azure_ai_operation_error_info{resource=%q,api=%q,operation=%q}` $labels.resource $labels.api $labels.operation | query }} {{- with (first .).Labels }}: {{ .code }}{{ with .inner_code }} ({{ . }}){{ end }} {{- end }}{{ end }}.'
          summary: 'Operation {{ $labels.operation }} of {{ $labels.resource }} failed'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIOperationFailed.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIOperationValidationFailed'
        expression: '( max without (instance, pod, state) (azure_ai_operation_state{state="ValidationFailed"}) == 1 and ( max without (instance, pod) (azure_ai_operation_last_action_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > time() - ${threshold.recentSeconds} ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod, state) (azure_ai_operation_state{state="ValidationFailed"}) == 1 and ( max without (instance, pod) (azure_ai_operation_last_action_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > time() - ${threshold.recentSeconds} )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} has not started, because its request is not valid {{- with printf `azure_ai_operation_error_info{resource=%q,api=%q,operation=%q}` $labels.resource $labels.api $labels.operation | query }} {{- with (first .).Labels }}: {{ .code }}{{ with .inner_code }} ({{ . }}){{ end }} {{- end }}{{ end }}.'
          summary: 'Azure rejected {{ $labels.operation }} of {{ $labels.resource }} at validation'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIOperationValidationFailed.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIOperationExpired'
        expression: '( max without (instance, pod, state) (azure_ai_operation_state{state="Expired"}) == 1 and ( max without (instance, pod) (azure_ai_operation_last_action_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > time() - ${threshold.recentSeconds} ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod, state) (azure_ai_operation_state{state="Expired"}) == 1 and ( max without (instance, pod) (azure_ai_operation_last_action_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > time() - ${threshold.recentSeconds} )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} has expired: Azure ended it before it was finished {{- with printf `azure_ai_operation_error_info{resource=%q,api=%q,operation=%q}` $labels.resource $labels.api $labels.operation | query }} {{- with (first .).Labels }}: {{ .code }}{{ with .inner_code }} ({{ . }}){{ end }} {{- end }}{{ end }}.'
          summary: 'Operation {{ $labels.operation }} of {{ $labels.resource }} expired'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIOperationExpired.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIDocumentsFailed'
        expression: '( max without (instance, pod, state) ( azure_ai_operation_state{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_image_scans{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_documents{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_outputs{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_requests{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_tasks{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_audio_files{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_duration_seconds{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} ) > 0 and max without (instance, pod, state) (azure_ai_operation_state{state="Succeeded"}) == 1 and ( max without (instance, pod) (azure_ai_operation_last_action_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > time() - ${threshold.recentSeconds} ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod, state) ( azure_ai_operation_state{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_image_scans{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_documents{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_outputs{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_requests{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_tasks{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_audio_files{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} or azure_ai_operation_duration_seconds{operation!="", state=~"Failed|ValidationFailed|Expired|PartiallySucceeded"} ) > 0 and max without (instance, pod, state) (azure_ai_operation_state{state="Succeeded"}) == 1 and ( max without (instance, pod) (azure_ai_operation_last_action_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > time() - ${threshold.recentSeconds} )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} has succeeded, but {{ $value }} of its documents, requests, outputs or other parts failed.'
          summary: 'Parts of operation {{ $labels.operation }} of {{ $labels.resource }} failed'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIDocumentsFailed.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIOperationStuck'
        expression: '( max without (instance, pod) (azure_ai_operation_last_success_timestamp_seconds) - max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) > on (api) group_left () ( group by (api) (azure_ai_operation_last_change_timestamp_seconds{api="openai_batch"}) * ${threshold.stuckSecondsOpenaiBatch} or group by (api) ( azure_ai_operation_last_change_timestamp_seconds{api="openai_fine_tuning"} ) * ${threshold.stuckSecondsOpenaiFineTuning} or group by (api) (azure_ai_operation_last_change_timestamp_seconds{api="language"}) * ${threshold.stuckSecondsLanguage} or group by (api) ( azure_ai_operation_last_change_timestamp_seconds{api="document_intelligence"} ) * ${threshold.stuckSecondsDocumentIntelligence} or group by (api) ( azure_ai_operation_last_change_timestamp_seconds{api="speech_synthesis"} ) * ${threshold.stuckSecondsSpeechSynthesis} or group by (api) ( azure_ai_operation_last_change_timestamp_seconds{api="speech_transcription"} ) * ${threshold.stuckSecondsSpeechTranscription} or group by (api) (azure_ai_operation_last_change_timestamp_seconds{api="custom_speech"}) * ${threshold.stuckSecondsCustomSpeech} or group by (api) (azure_ai_operation_last_change_timestamp_seconds) * ${threshold.stuckSeconds} ) and max without (instance, pod, state) ( azure_ai_operation_state{state=~"Running|Cancelling"} ) == 1 ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod) (azure_ai_operation_last_success_timestamp_seconds) - max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) > on (api) group_left () ( group by (api) (azure_ai_operation_last_change_timestamp_seconds{api="openai_batch"}) * ${threshold.stuckSecondsOpenaiBatch} or group by (api) ( azure_ai_operation_last_change_timestamp_seconds{api="openai_fine_tuning"} ) * ${threshold.stuckSecondsOpenaiFineTuning} or group by (api) (azure_ai_operation_last_change_timestamp_seconds{api="language"}) * ${threshold.stuckSecondsLanguage} or group by (api) ( azure_ai_operation_last_change_timestamp_seconds{api="document_intelligence"} ) * ${threshold.stuckSecondsDocumentIntelligence} or group by (api) ( azure_ai_operation_last_change_timestamp_seconds{api="speech_synthesis"} ) * ${threshold.stuckSecondsSpeechSynthesis} or group by (api) ( azure_ai_operation_last_change_timestamp_seconds{api="speech_transcription"} ) * ${threshold.stuckSecondsSpeechTranscription} or group by (api) (azure_ai_operation_last_change_timestamp_seconds{api="custom_speech"}) * ${threshold.stuckSecondsCustomSpeech} or group by (api) (azure_ai_operation_last_change_timestamp_seconds) * ${threshold.stuckSeconds} ) and max without (instance, pod, state) ( azure_ai_operation_state{state=~"Running|Cancelling"} ) == 1 )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} is running, but has not changed for {{ humanizeDuration $value }}.'
          summary: 'Operation {{ $labels.operation }} of {{ $labels.resource }} is stuck'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIOperationStuck.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIOperationQueued'
        expression: '( max without (instance, pod) (azure_ai_operation_last_success_timestamp_seconds) - ( max without (instance, pod) (azure_ai_operation_created_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > on (api) group_left () ( group by (api) ( azure_ai_operation_last_success_timestamp_seconds{api="openai_fine_tuning"} ) * ${threshold.queuedSecondsOpenaiFineTuning} or group by (api) ( azure_ai_operation_last_success_timestamp_seconds{api="speech_transcription"} ) * ${threshold.queuedSecondsSpeechTranscription} or group by (api) (azure_ai_operation_last_success_timestamp_seconds) * ${threshold.queuedSeconds} ) and max without (instance, pod, state) (azure_ai_operation_state{state="NotStarted"}) == 1 ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod) (azure_ai_operation_last_success_timestamp_seconds) - ( max without (instance, pod) (azure_ai_operation_created_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > on (api) group_left () ( group by (api) ( azure_ai_operation_last_success_timestamp_seconds{api="openai_fine_tuning"} ) * ${threshold.queuedSecondsOpenaiFineTuning} or group by (api) ( azure_ai_operation_last_success_timestamp_seconds{api="speech_transcription"} ) * ${threshold.queuedSecondsSpeechTranscription} or group by (api) (azure_ai_operation_last_success_timestamp_seconds) * ${threshold.queuedSeconds} ) and max without (instance, pod, state) (azure_ai_operation_state{state="NotStarted"}) == 1 )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} has waited in Azure\'s queue for {{ humanizeDuration $value }}.'
          summary: 'Operation {{ $labels.operation }} of {{ $labels.resource }} does not start'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIOperationQueued.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIOperationLate'
        expression: '( max without (instance, pod) (azure_ai_operation_last_success_timestamp_seconds) - max without (instance, pod) (azure_ai_operation_estimated_completion_timestamp_seconds) > ${threshold.lateSeconds} ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod) (azure_ai_operation_last_success_timestamp_seconds) - max without (instance, pod) (azure_ai_operation_estimated_completion_timestamp_seconds) > ${threshold.lateSeconds} )'
        severity: 3
        labels: {
          severity: 'info'
        }
        annotations: union({
          description: '{{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} should have ended {{ humanizeDuration $value }} ago at its earlier pace.'
          summary: 'Operation {{ $labels.operation }} of {{ $labels.resource }} is late'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIOperationLate.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIOperationPastDeadline'
        expression: '( max without (instance, pod) (azure_ai_operation_last_success_timestamp_seconds) - max without (instance, pod) (azure_ai_operation_deadline_timestamp_seconds) > ${threshold.pastDeadlineSeconds} and max without (instance, pod, state) ( azure_ai_operation_state{state=~"NotStarted|Running|Cancelling"} ) == 1 ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod) (azure_ai_operation_last_success_timestamp_seconds) - max without (instance, pod) (azure_ai_operation_deadline_timestamp_seconds) > ${threshold.pastDeadlineSeconds} and max without (instance, pod, state) ( azure_ai_operation_state{state=~"NotStarted|Running|Cancelling"} ) == 1 )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} is still running, {{ humanizeDuration $value }} after the time by which Azure intended to finish it.'
          summary: 'Operation {{ $labels.operation }} of {{ $labels.resource }} is past its deadline'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIOperationPastDeadline.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIOperationResultsExpiring'
        expression: '( max without (instance, pod) (azure_ai_operation_expires_timestamp_seconds) - time() < ${threshold.resultsExpiringSeconds} > 0 and max without (instance, pod, state) ( azure_ai_operation_state{state=~"Succeeded|PartiallySucceeded"} ) == 1 ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod) (azure_ai_operation_expires_timestamp_seconds) - time() < ${threshold.resultsExpiringSeconds} > 0 and max without (instance, pod, state) ( azure_ai_operation_state{state=~"Succeeded|PartiallySucceeded"} ) == 1 )'
        severity: 3
        labels: {
          severity: 'info'
        }
        annotations: union({
          description: 'Azure deletes {{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }}, or its results, in {{ humanizeDuration $value }}.'
          summary: 'Results of {{ $labels.operation }} of {{ $labels.resource }} will be deleted'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIOperationResultsExpiring.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIOperationUnreadable'
        expression: '( max without (instance, pod) (azure_ai_operation_up) == 0 unless max without (instance, pod, state) ( azure_ai_operation_state{ state=~"Succeeded|Failed|Cancelled|ValidationFailed|Expired|PartiallySucceeded|Skipped" } ) == 1 ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod) (azure_ai_operation_up) == 0 unless max without (instance, pod, state) ( azure_ai_operation_state{ state=~"Succeeded|Failed|Cancelled|ValidationFailed|Expired|PartiallySucceeded|Skipped" } ) == 1 )'
        for: threshold.unreadableFor
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} cannot be read. Its changes are not detected.'
          summary: 'Operation {{ $labels.operation }} of {{ $labels.resource }} cannot be read'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIOperationUnreadable.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIDocumentsFolded'
        expression: '( max without (instance, pod) (azure_ai_operation_documents_folded) > 0 and ( max without (instance, pod) (azure_ai_operation_last_action_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > time() - ${threshold.recentSeconds} ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( max without (instance, pod) (azure_ai_operation_documents_folded) > 0 and ( max without (instance, pod) (azure_ai_operation_last_action_timestamp_seconds) or max without (instance, pod) (azure_ai_operation_last_change_timestamp_seconds) ) > time() - ${threshold.recentSeconds} )'
        severity: 3
        labels: {
          severity: 'info'
        }
        annotations: union({
          description: '{{ $value }} documents of {{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} have no series of their own, because of `limits`.'
          summary: 'Batch {{ $labels.operation }} of {{ $labels.resource }} has documents without series'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIDocumentsFolded.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
    ]
  }
}

resource azureAiDurations 'Microsoft.AlertsManagement/prometheusRuleGroups@2023-03-01' = {
  name: 'azure-ai-durations'
  location: location
  properties: {
    scopes: [
      workspaceId
    ]
    clusterName: empty(clusterName) ? null : clusterName
    interval: 'PT2M'
    rules: [
      {
        record: 'resource_api:azure_ai_operation_duration_seconds:p90_1w'
        expression: 'histogram_quantile( 0.9, sum without (instance, pod, state) ( increase( azure_ai_operation_duration_seconds_bucket{state=~"Succeeded|PartiallySucceeded"}[1w] ) ) ) and sum without (instance, pod, state) ( increase( azure_ai_operation_duration_seconds_count{state=~"Succeeded|PartiallySucceeded"}[1w] ) ) >= ${threshold.usualOperations}'
      }
      {
        alert: 'AzureAIOperationLongerThanUsual'
        expression: '( ( max without (instance, pod) (azure_ai_operation_last_success_timestamp_seconds) - max without (instance, pod) (azure_ai_operation_created_timestamp_seconds) ) / ignoring (operation) group_left () resource_api:azure_ai_operation_duration_seconds:p90_1w > ${threshold.usualRatio} and max without (instance, pod, state) ( azure_ai_operation_state{state=~"Running|Cancelling"} ) == 1 ) * on (cluster, namespace, job, resource, api, operation) group_left (${labels}) ( topk by (cluster, namespace, job, resource, api, operation) (1, azure_ai_operation_info) ) or on (cluster, namespace, job, resource, api, operation) ( ( max without (instance, pod) (azure_ai_operation_last_success_timestamp_seconds) - max without (instance, pod) (azure_ai_operation_created_timestamp_seconds) ) / ignoring (operation) group_left () resource_api:azure_ai_operation_duration_seconds:p90_1w > ${threshold.usualRatio} and max without (instance, pod, state) ( azure_ai_operation_state{state=~"Running|Cancelling"} ) == 1 )'
        for: threshold.longerThanUsualFor
        severity: 3
        labels: {
          severity: 'info'
        }
        annotations: union({
          description: '{{ $labels.api }} operation {{ $labels.operation }} of resource {{ $labels.resource }} has run {{ printf "%.1f" $value }} times as long as usual, compared with the 90th percentile of operations that succeeded within a week.'
          summary: 'Operation {{ $labels.operation }} of {{ $labels.resource }} takes longer than usual'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIOperationLongerThanUsual.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/operation?resource={{ urlquery $labels.resource }}&api={{ urlquery $labels.api }}&operation={{ urlquery $labels.operation }}'
        })
        actions: actions
      }
    ]
  }
}

resource azureAiResources 'Microsoft.AlertsManagement/prometheusRuleGroups@2023-03-01' = {
  name: 'azure-ai-resources'
  location: location
  properties: {
    scopes: [
      workspaceId
    ]
    clusterName: empty(clusterName) ? null : clusterName
    interval: 'PT1M'
    rules: [
      {
        alert: 'AzureAIResourceUnauthorised'
        expression: '( max without (instance, pod) (azure_ai_exporter_resource_paused) == 1 or ( max without (instance, pod, api) (azure_ai_resource_up) == 0 and sum without (instance, pod, api, status) ( increase(azure_ai_api_requests_total{status=~"401|403|token"}[15m]) ) > 0 ) ) * on (cluster, namespace, job, resource) group_left (${labels}) ( topk by (cluster, namespace, job, resource) (1, azure_ai_resource_info) or on (cluster, namespace, job, resource) topk by (cluster, namespace, job, resource) (1, last_over_time(azure_ai_resource_info[15m])) ) or on (cluster, namespace, job, resource) ( max without (instance, pod) (azure_ai_exporter_resource_paused) == 1 or ( max without (instance, pod, api) (azure_ai_resource_up) == 0 and sum without (instance, pod, api, status) ( increase(azure_ai_api_requests_total{status=~"401|403|token"}[15m]) ) > 0 ) )'
        for: threshold.unauthorisedFor
        severity: 0
        labels: {
          severity: 'critical'
        }
        annotations: union({
          description: 'Azure refuses the key or token of resource {{ $labels.resource }}. None of its operations can be read until it has a valid one.'
          summary: 'Resource {{ $labels.resource }} refuses its key'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIResourceUnauthorised.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/?resource={{ urlquery $labels.resource }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIResourceThrottled'
        expression: '( sum without (instance, pod, status) (increase(azure_ai_api_requests_total{status="429"}[15m])) / sum without (instance, pod, status) (increase(azure_ai_api_requests_total[15m])) > ${threshold.throttledRatio} ) * on (cluster, namespace, job, resource) group_left (${labels}) ( topk by (cluster, namespace, job, resource) (1, azure_ai_resource_info) or on (cluster, namespace, job, resource) topk by (cluster, namespace, job, resource) (1, last_over_time(azure_ai_resource_info[15m])) ) or on (cluster, namespace, job, resource) ( sum without (instance, pod, status) (increase(azure_ai_api_requests_total{status="429"}[15m])) / sum without (instance, pod, status) (increase(azure_ai_api_requests_total[15m])) > ${threshold.throttledRatio} )'
        for: threshold.throttledFor
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ humanizePercentage $value }} of the requests to {{ $labels.api }} of resource {{ $labels.resource }} were answered with 429. Changes of its operations are detected late.'
          summary: 'Azure throttles {{ $labels.api }} of {{ $labels.resource }}'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIResourceThrottled.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/?resource={{ urlquery $labels.resource }}'
        })
        actions: actions
      }
      {
        record: 'resource_api:azure_ai_characters_charged:increase1h'
        expression: 'sum without (instance, pod) (increase(azure_ai_characters_charged_total[1h]))'
      }
      {
        record: 'resource_api:azure_ai_characters_charged:increase1d'
        expression: 'sum without (instance, pod) (increase(azure_ai_characters_charged_total[1d]))'
      }
      {
        alert: 'AzureAICostPerHour'
        expression: '( sum without (instance, pod) (increase(azure_ai_cost_total[1h])) > ${threshold.costPerHour} ) * on (cluster, namespace, job, resource) group_left (${labels}) ( topk by (cluster, namespace, job, resource) (1, azure_ai_resource_info) or on (cluster, namespace, job, resource) topk by (cluster, namespace, job, resource) (1, last_over_time(azure_ai_resource_info[15m])) ) or on (cluster, namespace, job, resource) ( sum without (instance, pod) (increase(azure_ai_cost_total[1h])) > ${threshold.costPerHour} )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} of resource {{ $labels.resource }} has cost about {{ printf "%.2f" $value }} {{ $labels.currency }} in the last hour.'
          summary: '{{ $labels.api }} of {{ $labels.resource }} exceeds its hourly budget'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAICostPerHour.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/?resource={{ urlquery $labels.resource }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAICostPerDay'
        expression: '( sum without (instance, pod) (increase(azure_ai_cost_total[1d])) > ${threshold.costPerDay} ) * on (cluster, namespace, job, resource) group_left (${labels}) ( topk by (cluster, namespace, job, resource) (1, azure_ai_resource_info) or on (cluster, namespace, job, resource) topk by (cluster, namespace, job, resource) (1, last_over_time(azure_ai_resource_info[15m])) ) or on (cluster, namespace, job, resource) ( sum without (instance, pod) (increase(azure_ai_cost_total[1d])) > ${threshold.costPerDay} )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} of resource {{ $labels.resource }} has cost about {{ printf "%.2f" $value }} {{ $labels.currency }} in the last 24 hours.'
          summary: '{{ $labels.api }} of {{ $labels.resource }} exceeds its daily budget'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAICostPerDay.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/?resource={{ urlquery $labels.resource }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIChargePerHour'
        expression: '( resource_api:azure_ai_characters_charged:increase1h > ${threshold.chargePerHour} unless on (resource, api) azure_ai_cost_total ) * on (cluster, namespace, job, resource) group_left (${labels}) ( topk by (cluster, namespace, job, resource) (1, azure_ai_resource_info) or on (cluster, namespace, job, resource) topk by (cluster, namespace, job, resource) (1, last_over_time(azure_ai_resource_info[15m])) ) or on (cluster, namespace, job, resource) ( resource_api:azure_ai_characters_charged:increase1h > ${threshold.chargePerHour} unless on (resource, api) azure_ai_cost_total )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} of resource {{ $labels.resource }} charged {{ humanize $value }} characters in the last hour.'
          summary: '{{ $labels.api }} of {{ $labels.resource }} exceeds its hourly budget'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIChargePerHour.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/?resource={{ urlquery $labels.resource }}'
        })
        actions: actions
      }
      {
        alert: 'AzureAIChargePerDay'
        expression: '( resource_api:azure_ai_characters_charged:increase1d > ${threshold.chargePerDay} unless on (resource, api) azure_ai_cost_total ) * on (cluster, namespace, job, resource) group_left (${labels}) ( topk by (cluster, namespace, job, resource) (1, azure_ai_resource_info) or on (cluster, namespace, job, resource) topk by (cluster, namespace, job, resource) (1, last_over_time(azure_ai_resource_info[15m])) ) or on (cluster, namespace, job, resource) ( resource_api:azure_ai_characters_charged:increase1d > ${threshold.chargePerDay} unless on (resource, api) azure_ai_cost_total )'
        severity: 2
        labels: {
          severity: 'warning'
        }
        annotations: union({
          description: '{{ $labels.api }} of resource {{ $labels.resource }} charged {{ humanize $value }} characters in the last 24 hours.'
          summary: '{{ $labels.api }} of {{ $labels.resource }} exceeds its daily budget'
        }, empty(runbooks) ? {} : {
          runbook_url: '${runbooks}/AzureAIChargePerDay.md'
        }, empty(externalUrl) ? {} : {
          page_url: '${externalUrl}/?resource={{ urlquery $labels.resource }}'
        })
        actions: actions
      }
    ]
  }
}
