{{/* Name of what `helm test` makes. */}}
{{- define "shimgate.testName" -}}
{{- printf "%s-test" (include "shimgate.fullname" . | trunc 58 | trimSuffix "-") }}
{{- end }}

{{/* Its labels: not those by which Service, Deployment and disruption budget find their pods. */}}
{{- define "shimgate.testLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/name: {{ printf "%s-test" (include "shimgate.name" . | trunc 58 | trimSuffix "-") }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: test
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
