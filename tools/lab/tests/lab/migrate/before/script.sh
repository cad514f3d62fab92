#!/bin/bash
# kubectl exec siege /bin/bash, as it once was
set -e
kubectl apply -f - <<-'YAML'
	apiVersion: batch/v1beta1
	kind: CronJob
	metadata:
	  name: tick
	spec:
	  schedule: "* * * * *"
	  jobTemplate:
	    spec:
	      template:
	        spec:
	          restartPolicy: Never
	          containers:
	            - {name: tick, image: k8s.gcr.io/busybox, command: [date]}
	YAML
cat > note.txt <<END
apiVersion: extensions/v1beta1
END
kubectl run my-kafka-client --restart='Never' --image "docker.io/bitnami/kafka:2.8.0-debian-10-r0" --command -- sleep infinity
kubectl run php-apache --image=k8s.gcr.io/hpa-example --requests=cpu=200m --expose --port=80
