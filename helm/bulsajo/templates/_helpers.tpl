{{- define "bulsajo.services" -}}
gateway order payment delivery ordertrace
{{- end }}

{{/*
A service's values: what all share, and over it what it has itself. Read with fromYaml.
*/}}
{{- define "bulsajo.values" -}}
{{- mergeOverwrite (deepCopy .root.Values) (deepCopy (get .root.Values .name)) | toYaml }}
{{- end }}

{{/*
No label says Helm or the chart's version: k8s/ is the same text, applied by others.
The context is (dict "root" "name" "component").
*/}}
{{- define "bulsajo.labels" -}}
app: {{ .name }}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: bulsajo
{{- end }}

{{/*
What a workload selects its pods by. Services select by `app` alone, so that what a lab adds
(`order-canary`, labelled app=order) gets its share of the requests.
*/}}
{{- define "bulsajo.selector" -}}
app: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{/* An image's name: (list root repository tag). */}}
{{- define "bulsajo.image" -}}
{{- $registry := (index . 0).Values.imageRegistry }}
{{- printf "%s%s:%s" (ternary "" (printf "%s/" $registry) (empty $registry)) (index . 1) (toString (index . 2)) }}
{{- end }}

{{/* The port of a service's Service: (dict "root" "name"). */}}
{{- define "bulsajo.port" -}}
{{- ((get .root.Values .name).service).externalPort | default .root.Values.service.externalPort }}
{{- end }}

{{- define "bulsajo.databaseSecret" -}}
{{- .Values.postgres.existingSecret | default "postgres" }}
{{- end }}

{{/* The context is `image`. */}}
{{- define "bulsajo.pullSecrets" -}}
{{- with .pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "bulsajo.serviceAccountName" -}}
{{- ternary .Values.serviceAccount.name "default" .Values.serviceAccount.enabled }}
{{- end }}

{{/* One probe: (dict "kind" "values"), in the mechanism that its type names. */}}
{{- define "bulsajo.probe" -}}
{{- $probe := get .values.probes .kind }}
{{- if $probe.enabled }}
{{ .kind }}Probe:
  {{- if eq $probe.type "http" }}
  httpGet: { path: {{ $probe.path }}, port: {{ $probe.port | default "http" }} }
  {{- else if eq $probe.type "tcp" }}
  tcpSocket: { port: {{ $probe.port | default "http" }} }
  {{- else if eq $probe.type "exec" }}
  exec:
    command: [/bulsajo, check, {{ .kind }}{{ with $probe.port }}, --port, {{ . | quote }}{{ end }}]
  {{- else }}
  grpc: { port: {{ $probe.port | default .values.service.grpcPort }}, service: {{ .kind }} }
  {{- end }}
  initialDelaySeconds: {{ $probe.initialDelaySeconds }}
  periodSeconds: {{ $probe.periodSeconds }}
  timeoutSeconds: {{ $probe.timeoutSeconds }}
  successThreshold: {{ $probe.successThreshold }}
  failureThreshold: {{ $probe.failureThreshold }}
{{- end }}
{{- end }}

{{/* Whether any probe asks over gRPC: a port is opened for it then, and not otherwise. */}}
{{- define "bulsajo.asksGrpc" -}}
{{- range .probes }}
{{- if and .enabled (eq .type "grpc") }}yes{{ end }}
{{- end }}
{{- end }}

{{/* How a HPA acts: up at once, down within a lesson. */}}
{{- define "bulsajo.behavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    - { type: Pods, value: 2, periodSeconds: 15 }
scaleDown:
  stabilizationWindowSeconds: {{ .autoscaling.scaleDownSeconds }}
  policies:
    - { type: Pods, value: 1, periodSeconds: 15 }
{{- end }}

{{/* Whether KEDA scales any service, and so has to ask Kafka. */}}
{{- define "bulsajo.scalesByLag" -}}
{{- range $name := list "payment" "delivery" "ordertrace" }}
{{- if (include "bulsajo.values" (dict "root" $ "name" $name) | fromYaml).keda.enabled }}yes{{ end }}
{{- end }}
{{- end }}

{{/* The seconds of a duration, in every notation that the schema takes. */}}
{{- define "bulsajo.seconds" -}}
{{- $units := dict "s" 1 "m" 60 "h" 3600 "d" 86400 "w" 604800 "M" 2630016 "y" 31557600 }}
{{- $seconds := 0.0 }}
{{- range $span := regexFindAll "[0-9.]+ *[^0-9. ]+" (toString .) -1 }}
{{- $unit := regexFind "[^0-9. ]+$" $span }}
{{- $number := regexFind "^[0-9.]+" $span | float64 }}
{{- if regexMatch "^(n|u|µ)" $unit }}
{{- else if regexMatch "^(ms|milli)" $unit }}
{{- $seconds = addf $seconds (divf $number 1000) }}
{{- else if hasPrefix "mo" $unit }}
{{- $seconds = addf $seconds (mulf $number $units.M) }}
{{- else }}
{{- $seconds = addf $seconds (mulf $number (get $units (trunc 1 $unit))) }}
{{- end }}
{{- end }}
{{- $seconds }}
{{- end }}

{{/* Settings that contradict each other: better no fleet than one that scales by two rules. */}}
{{- define "bulsajo.check" -}}
{{- include "bulsajo.checkScaling" . }}
{{- include "bulsajo.checkDrain" . }}
{{- include "bulsajo.checkPorts" . }}
{{- if and .values.autoscaling.enabled .values.keda.enabled (has .name (list "payment" "delivery" "ordertrace")) }}
{{- fail (printf "%s: autoscaling.enabled and keda.enabled exclude each other" .name) }}
{{- end }}
{{- if and .values.keda.enabled (ne .values.backend "kafka") }}
{{- fail "keda.enabled needs backend=kafka: lag is what Kafka has and a group has not read" }}
{{- end }}
{{- if and (not .values.postgres.enabled) (not .values.postgres.existingSecret) }}
{{- fail "postgres.enabled=false needs postgres.existingSecret, a Secret with the key url" }}
{{- end }}
{{- if and (eq (toString .values.faults.allow) "token") (not .values.faults.token) }}
{{- fail (printf "%s: faults.allow=token needs faults.token" .name) }}
{{- end }}
{{- end }}

{{- define "bulsajo.checkScaling" -}}
{{- with .values.autoscaling }}
{{- if and .enabled (not .cpu) (not .memory) }}
{{- fail (printf "%s: autoscaling.enabled needs autoscaling.cpu or autoscaling.memory; without both Kubernetes would aim at 80 %% of the CPU request" $.name) }}
{{- end }}
{{- if and .enabled (gt (int64 .minReplicas) (int64 .maxReplicas)) }}
{{- fail (printf "%s: autoscaling.minReplicas (%v) is more than autoscaling.maxReplicas (%v); lower the one or raise the other" $.name .minReplicas .maxReplicas) }}
{{- end }}
{{- end }}
{{- with .values.keda }}
{{- if and .enabled (gt (int64 .minReplicas) (int64 .maxReplicas)) }}
{{- fail (printf "%s: keda.minReplicas (%v) is more than keda.maxReplicas (%v); lower the one or raise the other" $.name .minReplicas .maxReplicas) }}
{{- end }}
{{- end }}
{{- end }}

{{/* SIGKILL comes after the drain. Who leaves in another way shows what happens without one. */}}
{{- define "bulsajo.checkDrain" -}}
{{- if has .values.shutdown (list "" "graceful") }}
{{- /* Empty is the executable's own default. */}}
{{- $delay := include "bulsajo.seconds" (toString .values.drain.delay | default "5s") }}
{{- $timeout := include "bulsajo.seconds" (toString .values.drain.timeout | default "20s") }}
{{- $needed := addf (float64 $delay) (float64 $timeout) }}
{{- if ge $needed (float64 .values.terminationGracePeriodSeconds) }}
{{- fail (printf "%s: drain.delay and drain.timeout take %v s, and SIGKILL comes after %v s; raise terminationGracePeriodSeconds above that, or shorten the drain" .name $needed .values.terminationGracePeriodSeconds) }}
{{- end }}
{{- end }}
{{- end }}

{{/* A container listens on 8080, and on no port twice. */}}
{{- define "bulsajo.checkPorts" -}}
{{- $management := .values.faults.managementPort | default 0 | int64 }}
{{- $grpc := .values.service.grpcPort | int64 }}
{{- if eq $management 8080 }}
{{- fail (printf "%s: faults.managementPort cannot be 8080, where the service itself listens; choose another" .name) }}
{{- end }}
{{- if eq $grpc 8080 }}
{{- fail (printf "%s: service.grpcPort cannot be 8080, where the service itself listens; choose another" .name) }}
{{- end }}
{{- if and (eq $management $grpc) (include "bulsajo.asksGrpc" .values) }}
{{- fail (printf "%s: faults.managementPort and service.grpcPort are both %v; choose another for one of them" .name $grpc) }}
{{- end }}
{{- end }}
