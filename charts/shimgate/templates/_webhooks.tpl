{{/*
One entry of a webhook configuration, of what src/registration says of it (files/webhooks.json) and of how it is installed.
Takes a dict: root, entry, isMutating.
*/}}
{{- define "shimgate.webhook" -}}
{{- $values := .root.Values }}
{{- $isNamespaced := ne (index .entry.rules 0).scope "Cluster" -}}
- name: {{ .entry.name }}
  admissionReviewVersions: [v1]
  clientConfig:
    {{- /* Where shimgate writes caBundle it is not rendered: an upgrade would empty it. */}}
    {{- if and (eq $values.certificate.mode "existingSecret") $values.certificate.caBundle }}
    caBundle: {{ $values.certificate.caBundle | b64enc }}
    {{- end }}
    {{- if $values.webhooks.url }}
    url: {{ printf "%s%s" (trimSuffix "/" $values.webhooks.url) .entry.path }}
    {{- else }}
    service:
      namespace: {{ .root.Release.Namespace }}
      name: {{ include "shimgate.fullname" .root }}
      path: {{ .entry.path }}
      port: {{ $values.service.port }}
    {{- end }}
  failurePolicy: {{ eq .entry.failurePolicy "asInstalled" | ternary $values.webhooks.failurePolicy .entry.failurePolicy }}
  matchPolicy: Equivalent
  {{- with include "shimgate.matchConditions" . | fromJsonArray }}
  matchConditions:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if $isNamespaced }}
  namespaceSelector:
    {{- include "shimgate.namespaceSelector" . | nindent 4 }}
  {{- /* A binding has none of the labels of its pod. */}}
  {{- if not (has "bindings" (index .entry.rules 0).resources) }}
  {{- with $values.webhooks.objectSelector }}
  objectSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- end }}
  {{- if .isMutating }}
  reinvocationPolicy: IfNeeded
  {{- end }}
  rules:
    {{- toYaml .entry.rules | nindent 4 }}
  {{- /* An Event about a pod's controller is one; a dry run makes none. */}}
  sideEffects: {{ ternary "NoneOnDryRun" "None" $values.events.enabled }}
  timeoutSeconds: {{ get $values.webhooks.timeoutSeconds (include "shimgate.subject" .) }}
{{- end }}

{{/* What an entry is about, as `webhooks` has its values. */}}
{{- define "shimgate.subject" -}}
{{- if regexMatch `(^|\.)runtimeclasses\.shimgate\.dev$` .entry.name }}runtimeClasses
{{- else if regexMatch `(^|\.)(templates|cronjobs|podtemplates)\.shimgate\.dev$` .entry.name }}templates
{{- else }}pods
{{- end }}
{{- end }}

{{/* The conditions of an entry and, after them, those of the values. A binding is none of the pods that those are about. Gives JSON. */}}
{{- define "shimgate.matchConditions" -}}
{{- $own := default list .entry.matchConditions }}
{{- $names := list }}
{{- range $own }}
{{- $names = append $names .name }}
{{- end }}
{{- if not (has "bindings" (index .entry.rules 0).resources) }}
{{- range get .root.Values.webhooks.matchConditions (include "shimgate.subject" .) }}
{{- if has .name $names }}
{{- fail (printf "webhooks.matchConditions: %s has a condition named %s already" $.entry.name .name) }}
{{- end }}
{{- $names = append $names .name }}
{{- $own = append $own . }}
{{- end }}
{{- end }}
{{- if gt (len $own) 64 }}
{{- fail (printf "webhooks.matchConditions: %s would have %d conditions, and the API server takes 64" .entry.name (len $own)) }}
{{- end }}
{{- $own | toJson }}
{{- end }}

{{/* All of: not a namespace that is left out, what the values ask for, what the entry asks for. */}}
{{- define "shimgate.namespaceSelector" -}}
{{- $excluded := append .root.Values.webhooks.excludedNamespaces .root.Release.Namespace | uniq }}
{{- $leftOut := dict "key" "kubernetes.io/metadata.name" "operator" "NotIn" "values" $excluded }}
{{- $ofValues := .root.Values.webhooks.namespaceSelector }}
{{- $ofEntry := default dict .entry.namespaceSelector }}
{{- $expressions := concat (list $leftOut) (default list $ofValues.matchExpressions) (default list $ofEntry.matchExpressions) }}
{{- range $key, $value := $ofEntry.matchLabels }}
{{- $expressions = append $expressions (dict "key" $key "operator" "In" "values" (list $value)) }}
{{- end }}
{{- with $ofValues.matchLabels -}}
matchLabels:
  {{- toYaml . | nindent 2 }}
{{ end -}}
matchExpressions:
  {{- toYaml $expressions | nindent 2 }}
{{- end }}

{{/*
An entry for what names no class, for one rule: as classlessEntry in src/registration/webhooks.ts.
Takes a dict: entry (one of files/webhooks.json, whose name begins with that of rule 0), index, rule. Gives JSON.
*/}}
{{- define "shimgate.classlessEntry" -}}
{{- $conditions := .entry.matchConditions }}
{{- if hasKey .rule "namespaces" }}
{{- $matches := list }}
{{- range .rule.namespaces }}
{{- $matches = append $matches (printf "request.namespace.matches(%s)" (include "shimgate.globRegex" . | toRawJson)) }}
{{- end }}
{{- $expression := join " || " $matches | default "false" }}
{{- $conditions = append $conditions (dict "name" "in-namespace" "expression" $expression) }}
{{- end }}
{{- $name := regexReplaceAll `-0\.` .entry.name (printf "-%d." .index) }}
{{- $own := dict "name" $name "matchConditions" $conditions }}
{{- with .rule.selector }}
{{- $_ := set $own "namespaceSelector" . }}
{{- end }}
{{- merge $own .entry | toJson }}
{{- end }}

{{/* A glob over namespace names as a regular expression: as globRegex in src/registration/glob-regex.ts. */}}
{{- define "shimgate.globRegex" -}}
^
{{- range regexFindAll `(?s)\[\^?(?:\\.|[^\]\\])+\]|\\.|.` . -1 }}
{{- if eq . "*" }}.*
{{- else if or (eq . "?") (and (hasPrefix "[" .) (gt (len .) 1)) }}.
{{- else }}{{ regexReplaceAll `[.*+?^${}()|\[\]\\]` (trimPrefix `\` .) `\${0}` }}
{{- end }}
{{- end }}$
{{- end }}

{{/* Annotations of a webhook configuration: with cert-manager, the one by which its cainjector writes caBundle. */}}
{{- define "shimgate.webhookAnnotations" -}}
{{- $annotations := deepCopy .Values.webhooks.annotations }}
{{- if eq .Values.certificate.mode "certManager" }}
{{- $certificate := printf "%s/%s" .Release.Namespace (include "shimgate.fullname" .) }}
{{- $_ := set $annotations "cert-manager.io/inject-ca-from" $certificate }}
{{- end }}
{{- toYaml $annotations }}
{{- end }}
