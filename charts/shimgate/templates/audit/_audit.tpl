{{/* Name of what belongs to the audit. A CronJob's name has room for the time of its Jobs: 52 characters. */}}
{{- define "shimgate.auditName" -}}
{{- printf "%s-audit" (include "shimgate.fullname" . | trunc 46 | trimSuffix "-") }}
{{- end }}

{{/* Other labels than those of the webhook's pods: no Service, budget or policy of theirs is about these. */}}
{{- define "shimgate.auditSelectorLabels" -}}
app.kubernetes.io/name: {{ include "shimgate.name" . }}-audit
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "shimgate.auditLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "shimgate.auditSelectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: audit
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Not empty where the audit writes reports: the group of their API. */}}
{{- define "shimgate.reportGroup" -}}
{{- if and .Values.audit.enabled (ne .Values.audit.reports "none") }}
{{- splitList "/" .Values.audit.reports | first }}
{{- end }}
{{- end }}

{{/* The labels of the group that the audit's figures have in the Pushgateway, as a selector of series: those of the URL, where it names a group. */}}
{{- define "shimgate.auditGroup" -}}
{{- $path := regexFind "/metrics/job/.+" .Values.audit.pushgateway | default "/metrics/job/shimgate-audit" }}
{{- $parts := splitList "/" ($path | trimPrefix "/metrics/" | trimSuffix "/") }}
{{- $matchers := list }}
{{- range $index, $part := $parts }}
{{- if mod $index 2 }}
{{- $matchers = append $matchers (printf "%s=%q" (index $parts (sub $index 1 | int)) $part) }}
{{- end }}
{{- end }}
{{- join "," $matchers }}
{{- end }}
