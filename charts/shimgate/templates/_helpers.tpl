{{/*
Gives each value that is absent its default (files/defaults.json, written from values.yaml): `helm upgrade --reuse-values` goes on with the
values of the chart before, which has never heard of what is new in this one. A map of the user's own, such as nodeSelector, is not
filled: what somebody took out of it stays out. Every template begins with this, so that no value has to be looked for with care.
*/}}
{{- define "shimgate.fillDefaults" -}}
{{- $defaults := .Files.Get "files/defaults.json" | fromJson }}
{{- /* Values from before there was idleSeconds have less time to end than that takes. */}}
{{- if not (hasKey .Values "idleSeconds") }}
{{- $least := int $defaults.terminationGracePeriodSeconds }}
{{- $_ := set .Values "terminationGracePeriodSeconds" (max $least (int (default $least .Values.terminationGracePeriodSeconds))) }}
{{- end }}
{{- include "shimgate.fill" (dict "values" .Values "defaults" $defaults) }}
{{- end }}

{{- define "shimgate.fill" -}}
{{- range $key, $default := .defaults }}
{{- $given := get $.values $key }}
{{- if or (not (hasKey $.values $key)) (kindIs "invalid" $given) }}
{{- $_ := set $.values $key $default }}
{{- else if and (kindIs "map" $default) (kindIs "map" $given) }}
{{- include "shimgate.fill" (dict "values" $given "defaults" $default) }}
{{- end }}
{{- end }}
{{- end }}

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
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "shimgate.ownLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "shimgate.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: admission-webhook
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/*
All metadata of an object but its name. The chart's own labels override those of the values. Takes a dict: root, kind, and where it has
some, labels, annotations, isClusterScoped, namespace in place of the release's, and base, the template of the own labels.
*/}}
{{- define "shimgate.metadata" -}}
{{- if not .isClusterScoped -}}
namespace: {{ default .root.Release.Namespace .namespace }}
{{ end -}}
labels:
  {{- $own := include (default "shimgate.ownLabels" .base) .root | fromYaml }}
  {{- merge $own (default dict .labels) .root.Values.commonLabels | toYaml | nindent 2 }}
{{- $ofKind := default dict (get .root.Values.objectAnnotations .kind) }}
{{- with merge (deepCopy (default dict .annotations)) $ofKind .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
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

{{/* The image, by its digest where there is one. A registry may have a path, such as a proxy's: harbor.example/proxy. */}}
{{- define "shimgate.image" -}}
{{- with default .Values.image.registry .Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end }}
{{- .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}
{{- else }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{/* Pull secrets of this chart and of all charts; those of `global` may be names alone, as some parent charts have them. */}}
{{- define "shimgate.imagePullSecrets" -}}
{{- $secrets := .Values.imagePullSecrets }}
{{- range .Values.global.imagePullSecrets }}
{{- $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) }}
{{- end }}
{{- with uniq $secrets }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* Not empty where the API server answers ordinary pods by itself. */}}
{{- define "shimgate.isInProcess" -}}
{{- $enabled := .Values.inProcess.enabled | toString }}
{{- $isServed := .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" }}
{{- if or (eq $enabled "true") (and (ne $enabled "false") $isServed) }}true{{ end }}
{{- end }}
