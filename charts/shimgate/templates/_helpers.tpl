{{/* Name of the chart, as names and labels use it. */}}
{{- define "shimgate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name of what is installed. A Service's name is a DNS label: 63 characters. */}}
{{- define "shimgate.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "shimgate.selectorLabels" -}}
app.kubernetes.io/name: {{ include "shimgate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "shimgate.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "shimgate.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: admission-webhook
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "shimgate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "shimgate.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "shimgate.certificateSecretName" -}}
{{- default (printf "%s-certificate" (include "shimgate.fullname" .)) .Values.certificate.secretName }}
{{- end }}

{{- define "shimgate.image" -}}
{{- with .Values.image.registry }}{{ . }}/{{ end }}
{{- .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}
{{- else }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{/* Not empty where the API server answers ordinary pods by itself. */}}
{{- define "shimgate.isInProcess" -}}
{{- $enabled := (.Values.inProcess | default dict).enabled | toString }}
{{- $isServed := .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" }}
{{- if or (eq $enabled "true") (and (ne $enabled "false") $isServed) }}true{{ end }}
{{- end }}
