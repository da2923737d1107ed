{{- define "layover.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}-layover
{{- end }}

{{- define "layover.selector" -}}
app.kubernetes.io/name: layover
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "layover.labels" -}}
{{ include "layover.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
