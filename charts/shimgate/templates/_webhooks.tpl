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
    service:
      namespace: {{ .root.Release.Namespace }}
      name: {{ include "shimgate.fullname" .root }}
      path: {{ .entry.path }}
      port: {{ $values.service.port }}
  failurePolicy: {{ eq .entry.failurePolicy "asInstalled" | ternary $values.webhooks.failurePolicy .entry.failurePolicy }}
  matchPolicy: Equivalent
  {{- with .entry.matchConditions }}
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
  sideEffects: None
  timeoutSeconds: {{ .entry.timeoutSeconds }}
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
