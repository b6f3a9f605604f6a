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

{{/* The job that the audit's figures have in the Pushgateway: that of the URL, where it names a group. */}}
{{- define "shimgate.auditJob" -}}
{{- $group := regexFind "/metrics/job/[0-9A-Za-z_.-]+" .Values.audit.pushgateway }}
{{- trimPrefix "/metrics/job/" $group | default "shimgate-audit" }}
{{- end }}
