{{/* Refuses values that do not go together, where the schema cannot say so. */}}
{{- define "shimgate.checkValues" -}}
{{- $least := add 25 (max .Values.settleSeconds .Values.idleSeconds) }}
{{- if lt (int .Values.terminationGracePeriodSeconds) (int $least) }}
{{- fail (printf "terminationGracePeriodSeconds has to be at least %d: settleSeconds or idleSeconds, 20 for requests in flight, and 5 to end" $least) }}
{{- end }}
{{- if eq (int .Values.webhookPort) (int .Values.metricsPort) }}
{{- fail (printf "webhookPort and metricsPort are both %d" (int .Values.webhookPort)) }}
{{- end }}
{{- if and .Values.webhooks.url (eq .Values.certificate.mode "selfManaged") }}
{{- fail "webhooks.url: a selfManaged certificate is for the Service alone; set certificate.mode to certManager or existingSecret, with a certificate for the host of the URL" }}
{{- end }}
{{- end }}

{{/*
Refuses what would leave API servers with a webhook that they do not trust, before anything is changed: another certificate.mode while
failurePolicy is Fail. Whoever writes caBundle changes with the mode, and pods of both modes are there for a while. What is installed
is looked at for this alone: nothing that is rendered depends on it, and where there is no cluster to ask (helm template) nothing is refused.
*/}}
{{- define "shimgate.checkCertificateMode" -}}
{{- $fullname := include "shimgate.fullname" . }}
{{- $installed := lookup "apps/v1" "Deployment" .Release.Namespace $fullname }}
{{- $blocking := list }}
{{- range $kind := list "MutatingWebhookConfiguration" "ValidatingWebhookConfiguration" }}
{{- range (lookup "admissionregistration.k8s.io/v1" $kind "" $fullname).webhooks }}
{{- if eq .failurePolicy "Fail" }}
{{- $blocking = append $blocking .name }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .Release.IsUpgrade $installed $blocking }}
{{- $before := include "shimgate.installedCertificateMode" (dict "deployment" $installed "root" .) }}
{{- if and $before (ne $before .Values.certificate.mode) }}
{{- fail (printf "certificate.mode changes from %s to %s while webhooks have failurePolicy Fail: until all pods are new ones, API servers would not trust some of them, and would refuse pods and RuntimeClasses. Nothing was changed. First upgrade with webhooks.failurePolicy=Ignore alone; then with the new certificate.mode (Helm 4: and --force-conflicts, since caBundle changes hands); set it back to Fail when the pods are ready" $before .Values.certificate.mode) }}
{{- end }}
{{- end }}
{{- end }}

{{/* The mode that a Deployment runs with. Takes a dict: root, deployment. Empty where it says none. */}}
{{- define "shimgate.installedCertificateMode" -}}
{{- $mode := "" }}
{{- range .deployment.spec.template.spec.containers }}
{{- range .args }}
{{- if hasPrefix "--self-managed-certificate=" . }}
{{- $mode = "selfManaged" }}
{{- else if hasPrefix "--tls-cert-file=" . }}
{{- $mode = "existingSecret" }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq $mode "existingSecret" }}
{{- $configuration := lookup "admissionregistration.k8s.io/v1" "MutatingWebhookConfiguration" "" (include "shimgate.fullname" .root) }}
{{- if hasKey (default dict (default dict $configuration.metadata).annotations) "cert-manager.io/inject-ca-from" }}
{{- $mode = "certManager" }}
{{- end }}
{{- end }}
{{- $mode }}
{{- end }}
