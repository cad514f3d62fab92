#!/bin/bash
# A class of 2019: a service, somebody who asks, another version, an autoscaler and a door.
set -e
kubectl run siege --generator=run-pod/v1 --image=apexacme/siege-nginx
kubectl apply -f - <<EOF
apiVersion: extensions/v1beta1
kind: Deployment
metadata:
  name: order
spec:
  template:
    metadata:
      labels:
        run: order
    spec:
      containers:
        - name: order
          image: jinyoung/order:stable
          resources:
            requests:
              cpu: 200m
          readinessProbe:
            httpGet:
              path: /orders
              port: 8080
EOF
kubectl expose deploy order --port=8080
kubectl wait pod/siege --for=condition=Ready --timeout=110s
kubectl rollout status deploy order --timeout=110s
kubectl autoscale deploy order --cpu-percent=50 --min=1 --max=3
kubectl exec siege http order:8080/orders
kubectl set image deploy order order=jinyoung/order:canary
kubectl rollout status deploy order --timeout=110s
kubectl exec -it siege siege -c1 -t5S http://order:8080/orders --delay=1S
cat <<EOF | kubectl apply -f -
apiVersion: networking.k8s.io/v1beta1
kind: Ingress
metadata:
  name: order
spec:
  rules:
    - host: order.class
      http:
        paths:
          - path: /orders
            backend:
              serviceName: order
              servicePort: 8080
EOF
