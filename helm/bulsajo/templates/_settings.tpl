{{/*
The settings of the fleet: which variable takes which value. `all` is for every service,
`participants` for the four that have a database, the rest for the service that is named.
*/}}
{{- define "bulsajo.settings" -}}
all:
  PROFILE: profile
  APP_VERSION: appVersion
  LOG_LEVEL: logLevel
  LOG_FORMAT: logFormat
  TRUSTED_PROXIES: trustedProxies
  ALLOWED_HOSTS: allowedHosts
  SHUTDOWN: shutdown
  DRAIN_DELAY: drain.delay
  DRAIN_TIMEOUT: drain.timeout
  SHUTDOWN_SLOW: drain.slow
  STARTUP_DELAY: knobs.startupDelay
  STARTUP_MODE: knobs.startupMode
  STARTUP_CPU: knobs.startupCpu
  WARMUP: knobs.warmup
  WARMUP_FACTOR: knobs.warmupFactor
  CPU_PER_REQUEST: knobs.cpuPerRequest
  CPU_PER_ROW: knobs.cpuPerRow
  CPU_ON_WORKERS: knobs.cpuOnWorkers
  MEMORY_BASE: knobs.memoryBase
  MEMORY_PER_REQUEST: knobs.memoryPerRequest
  LEAK_PER_REQUEST: knobs.leakPerRequest
  LATENCY: knobs.latency
  FAULTS: faults.allow
  FAULTS_AT_START: faults.atStart
  RANDOM_ERROR: faults.randomError
  MEMORY_CAP: faults.memoryCap
  CPU_CAP: faults.cpuCap
  DISK_CAP: faults.diskCap
  MANAGEMENT_PORT: faults.managementPort
  HTTP_CONNECTIONS: connections.max
  GRPC_HEALTH_CONNECTIONS: connections.grpcMax
  HTTP_HEADER_TIMEOUT: connections.headerTimeout
  HTTP_HEADER_SIZE: connections.headerSize
  HTTP_IDLE_TIMEOUT: connections.idleTimeout
  HTTP_BODY_TIMEOUT: connections.bodyTimeout
  HTTP_WRITE_TIMEOUT: connections.writeTimeout
  HTTP_MINIMUM_RATE: connections.minimumRate
participants:
  REQUEST_TIMEOUT: requestTimeout
  READINESS_INCLUDES: readinessIncludes
  DATABASE_CONNECTIONS: postgres.connections
  DATABASE_WAIT: postgres.wait
  DATABASE_STATEMENT_TIMEOUT: postgres.statementTimeout
  DATABASE_POOLER: postgres.pooler
  EVENT_STYLE: messaging.eventStyle
  REACTION_ATTEMPTS: messaging.reactionAttempts
  REACTION_BACKOFF: messaging.reactionBackoff
  RETENTION: messaging.retention
  OUTBOX: guards.outbox
  IDEMPOTENCY: guards.idempotency
  ORDERING: guards.ordering
  COMPENSATION: guards.compensation
  DLQ: guards.dlq
  COMPAT_BUGS: compatBugs
kafka:
  KAFKA_BROKERS: kafka.brokers
  KAFKA_TOPIC: kafka.topic
  KAFKA_GROUP: kafka.group
  KAFKA_PARTITIONS: kafka.partitions
  KAFKA_REPLICATION: kafka.replication
  KAFKA_TIMEOUT: kafka.timeout
order:
  PAYMENT_TIMEOUT: call.timeout
  PAYMENT_RETRIES: call.retries
  PAYMENT_RETRY_BUDGET: call.retryBudget
  PAYMENT_BREAKER: call.breaker
  PAYMENT_BREAKER_WINDOW: call.breakerWindow
  PAYMENT_BREAKER_RATE: call.breakerRate
  PAYMENT_BREAKER_WAIT: call.breakerWait
  PAYMENT_BREAKER_PROBES: call.breakerProbes
  PAYMENT_BULKHEAD: call.bulkhead
  PAYMENT_FALLBACK: call.fallback
payment:
  PAYMENT_APPROVAL: approval
ordertrace:
  LIVE_FEEDS: liveFeeds
gateway:
  GATEWAY_CONNECT_TIMEOUT: connectTimeout
  GATEWAY_RESPONSE_TIMEOUT: responseTimeout
  GATEWAY_RETRY: retry
  GATEWAY_CONTROLS: controls
  GATEWAY_WORKSHEETS: worksheets
{{- end }}

{{/*
The variables of one service whose values are not empty. The context is (dict "name" "values").
*/}}
{{- define "bulsajo.environment" -}}
{{- $sections := list "all" }}
{{- if ne .name "gateway" }}
{{- $sections = append $sections "participants" }}
{{- if eq .values.backend "kafka" }}
{{- $sections = append $sections "kafka" }}
{{- end }}
{{- end }}
{{- $table := include "bulsajo.settings" . | fromYaml }}
{{- range $section := append $sections .name }}
{{- range $variable, $path := get $table $section | default dict }}
{{- $value := $.values }}
{{- range $key := splitList "." $path }}
{{- $value = get $value $key }}
{{- end }}
{{- /* YAML takes on and off for booleans; one setting takes true and false itself. */}}
{{- if and (kindIs "bool" $value) (ne $variable "GATEWAY_RETRY") }}
{{- $value = ternary "on" "off" $value }}
{{- end }}
{{- /* Numbers of values are floating; a million would be 1e+06, which is no whole number to read. */}}
{{- if and (kindIs "float64" $value) (eq (float64 (int64 $value)) $value) }}
{{- $value = int64 $value }}
{{- end }}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) }}
- name: {{ $variable }}
  value: {{ toString $value | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Where a service finds others, if not at their names and port 8080, which the images know.
*/}}
{{- define "bulsajo.neighbours" -}}
{{- $asked := dict "gateway" (list "order" "payment" "delivery" "ordertrace") "order" (list "payment") }}
{{- range $neighbour := get $asked .name | default list }}
{{- $port := include "bulsajo.port" (dict "root" $.root "name" $neighbour) }}
{{- if ne $port "8080" }}
- name: {{ upper $neighbour }}_URL
  value: http://{{ $neighbour }}:{{ $port }}
{{- end }}
{{- end }}
{{- end }}
