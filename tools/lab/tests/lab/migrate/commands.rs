//! Commands: what is mended, what is only told, and what stays as it is.

use super::typed;

/// Each line becomes the other.
const MENDED: &[(&str, &str)] = &[
    // Where the command begins.
    ("kubectl -n shop exec web-0 date", "kubectl -n shop exec web-0 -- date"),
    (
        "kubectl --context school --namespace=shop exec web-0 date",
        "kubectl --context school --namespace=shop exec web-0 -- date",
    ),
    (
        "kubectl exec -c app --request-timeout 9s web-0 date",
        "kubectl exec -c app --request-timeout 9s web-0 -- date",
    ),
    ("kubectl exec deploy/web env", "kubectl exec deploy/web -- env"),
    ("kubectl exec \"$POD\" env", "kubectl exec \"$POD\" -- env"),
    ("kubectl exec $POD env", "kubectl exec $POD -- env"),
    (
        "kubectl exec `kubectl get pod -l app=web -o name` env",
        "kubectl exec `kubectl get pod -l app=web -o name` -- env",
    ),
    ("kubectl exec <pod> env", "kubectl exec <pod> -- env"),
    ("kubectl exec {pod-name} env", "kubectl exec {pod-name} -- env"),
    // kubectl's own flags behind it.
    ("kubectl exec web-0 date -n shop", "kubectl exec web-0 -n shop -- date"),
    ("kubectl exec web-0 bash -it", "kubectl exec web-0 -it -- bash"),
    ("kubectl exec web-0 -i env -c app --tty", "kubectl exec web-0 -i -c app --tty -- env"),
    ("kubectl exec web-0 ls -l /tmp", "kubectl exec web-0 -- ls -l /tmp"),
    ("kubectl exec web-0 tail -n 5 /log", "kubectl exec web-0 -- tail -n 5 /log"),
    ("kubectl exec web-0 sh -c 'echo hi'", "kubectl exec web-0 -- sh -c 'echo hi'"),
    ("kubectl exec web-0 curl -s localhost:8080", "kubectl exec web-0 -- curl -s localhost:8080"),
    // A command within others.
    (
        "if kubectl exec web-0 true; then kubectl exec web-0 date; fi",
        "if kubectl exec web-0 -- true; then kubectl exec web-0 -- date; fi",
    ),
    ("X=$(kubectl exec web-0 date)", "X=$(kubectl exec web-0 -- date)"),
    ("echo \"now: $(kubectl exec web-0 date)\"", "echo \"now: $(kubectl exec web-0 -- date)\""),
    (
        "kubectl get po -o name | xargs -I{} kubectl exec {} env",
        "kubectl get po -o name | xargs -I{} kubectl exec {} -- env",
    ),
    ("watch -n1 'kubectl exec web-0 date'", "watch -n1 'kubectl exec web-0 -- date'"),
    ("bash -c \"kubectl exec web-0 date\"", "bash -c \"kubectl exec web-0 -- date\""),
    (
        "for i in 1 2; do sudo kubectl exec web-0 date & done",
        "for i in 1 2; do sudo kubectl exec web-0 -- date & done",
    ),
    (
        "kubectl exec web-0 cat /a > a.txt 2>&1 # a copy",
        "kubectl exec web-0 -- cat /a > a.txt 2>&1 # a copy",
    ),
    ("[root@node1 ~]# kubectl exec web-0 date", "[root@node1 ~]# kubectl exec web-0 -- date"),
    ("student@lab:~$ kubectl exec web-0 date", "student@lab:~$ kubectl exec web-0 -- date"),
    ("alias k=kubectl; k exec web-0 date", "alias k=kubectl; k exec web-0 -- date"),
    ("kubectl exec web-0 \\\n  date", "kubectl exec web-0 \\\n  -- date"),
    ("kubectl exec web-0 \\\r\n  date\r", "kubectl exec web-0 \\\r\n  -- date\r"),
    ("kubectl exec web-0 `\n  date", "kubectl exec web-0 `\n  -- date"),
    ("kubectl exec web-0 ^\n  date", "kubectl exec web-0 ^\n  -- date"),
    ("kubectl -it exec web-0 date", "kubectl -it exec web-0 -- date"),
    // What was made.
    (
        "kubectl run a --generator=run-pod/v1 --replicas=1 --image=nginx:1",
        "kubectl run a --image=nginx:1",
    ),
    (
        "kubectl -n shop run a --generator=run-pod/v1 --image=nginx:1",
        "kubectl -n shop run a --image=nginx:1",
    ),
    ("kubectl run a --generator run-pod/v1 --image nginx:1", "kubectl run a --image nginx:1"),
    (
        "kubectl run web --image=nginx:1 --replicas 2",
        "kubectl create deployment web --image=nginx:1 --replicas 2",
    ),
    (
        "kubectl run web --image=nginx:1 --port 80\nkubectl -n a scale deploy/web --replicas=2",
        "kubectl create deployment web --image=nginx:1 --port 80\nkubectl -n a scale deploy/web --replicas=2",
    ),
    (
        "kubectl run web --image=nginx:1\nkubectl rollout status deployment web",
        "kubectl create deployment web --image=nginx:1\nkubectl rollout status deployment web",
    ),
    // Flags and verbs of old.
    (
        "kubectl get deploy web -o yaml --export > web.yaml",
        "kubectl get deploy web -o yaml > web.yaml",
    ),
    ("kubectl get pods --show-all", "kubectl get pods"),
    (
        "kubectl drain node1 --delete-local-data --force",
        "kubectl drain node1 --delete-emptydir-data --force",
    ),
    ("kubectl version --short", "kubectl version"),
    ("kubectl apply --server-dry-run -f a.yaml", "kubectl apply --dry-run=server -f a.yaml"),
    ("kubectl log web-0", "kubectl logs web-0"),
    ("kubectl stop pod web-0", "kubectl delete pod web-0"),
    (
        "kubectl expose deploy web --generator=service/v1 --port=80",
        "kubectl expose deploy web --port=80",
    ),
    // Helm 2.
    ("helm install --name shop ./chart", "helm install shop ./chart"),
    ("helm install ./chart --name=shop --set a=b", "helm install shop ./chart --set a=b"),
    ("helm install -n shop ./chart", "helm install shop ./chart"),
    ("helm install ./chart", "helm install --generate-name ./chart"),
    ("helm delete shop --purge", "helm delete shop"),
    ("helm search nginx", "helm search repo nginx"),
];

#[test]
fn commands_of_old_become_those_of_today() {
    for (old, new) in MENDED {
        let (text, report) = typed(&format!("{old}\n"));
        assert_eq!(text, format!("{new}\n"), "{report}");
        let (again, report) = typed(&text);
        assert_eq!(again, text, "{report}");
    }
}

/// Each line stays, and this is said about it.
const TOLD: &[(&str, &str)] = &[
    ("kubectl exec web-0 $COMMAND", "if it is not in the variable"),
    ("kubectl exec web-0 \"$@\"", "if it is not in the variable"),
    ("kubectl exec -p web-0 -- date", "name the pod itself"),
    ("kubectl rolling-update web --image=nginx:2", "gone since kubectl 1.18"),
    ("kubectl convert -f a.yaml", "it is a plugin"),
    ("kubectl get componentstatuses", "out of use since Kubernetes 1.19"),
    ("kubectl get cs,nodes", "out of use since Kubernetes 1.19"),
    ("kubectl taint nodes --all node-role.kubernetes.io/master-", "control-plane since 1.24"),
    ("kubectl get psp", "PodSecurityPolicy is gone"),
    ("kubectl set image deploy/web web=nginx:2 --record", "`--record` still works"),
    ("kubectl create deploy web --image=nginx:1 --dry-run -o yaml", "it is `--dry-run=client`"),
    ("kubectl delete rs web --cascade=false", "it is `--cascade=orphan`"),
    ("kubectl run web --image=nginx:1 --limits=cpu=1", "has lost this flag"),
    (
        "kubectl run tick --image=busybox:1 --schedule='* * * * *' -- date",
        "`kubectl create cronjob NAME",
    ),
    (
        "kubectl run web --image=nginx:1 --labels=a=b\nkubectl scale deploy web --replicas=2",
        "which has no --labels",
    ),
    (
        "kubectl run web --image=nginx:1 -- -v\nkubectl scale deploy web --replicas=2",
        "is the command, not its arguments",
    ),
    (
        "kubectl run web --image=nginx:1\nkubectl apply -f more.yaml\nkubectl scale deploy web --replicas=2",
        "if no file makes it",
    ),
    (
        "kubectl run once --image=busybox:1 --restart=OnFailure -- date\nkubectl get job once",
        "ask for a job of this name",
    ),
    ("kubectl top pod --heapster-port=80", "has no such flag"),
    ("kubectl get pods --sort", "`kubectl get` of 1.34 has no such flag"),
    ("helm init --wait", "leave `helm init` out"),
    ("helm install web stable/nginx-ingress", "frozen since November 2020"),
    (
        "helm repo add stable https://kubernetes-charts.storage.googleapis.com/",
        "this address is gone",
    ),
    ("helm ls --tiller-namespace kube-system", "no Tiller since version 3"),
    ("kafka-topics.sh --zookeeper zk:2181 --list", "gone since Kafka 3.0"),
    (
        "kubectl exec broker-0 -- kafka-console-producer --broker-list a:9092 --topic t",
        "gone since Kafka 4.0",
    ),
    (
        "kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/download/v0.3.7/components.yaml",
        "Kubernetes 1.22 took away",
    ),
    ("$(aws ecr get-login --no-include-email)", "get-login-password"),
];

#[test]
fn what_has_no_one_right_way_is_told() {
    for (old, said) in TOLD {
        let (text, report) = typed(&format!("{old}\n"));
        assert_eq!(text, format!("{old}\n"), "{report}");
        assert!(report.contains(said), "{said} is not in:\n{report}");
    }
}

/// All of them work today.
const RIGHT: &[&str] = &[
    "kubectl exec -it $(kubectl get po -l a=b -o jsonpath='{.items[*].metadata.name}') -- sh",
    "kubectl exec web-0 -c app -- grep -n -c a /b",
    "kubectl exec web-0 --pod-running-timeout 9s --stdin -- tee /a < b",
    "kubectl exec -i web-0 -- sh -c \"kubectl exec web-1 -- date\"",
    "kubectl run tmp --rm -it --image=busybox:1 --restart=Never -- wget -qO- http://web",
    "kubectl run tmp --image=busybox:1 -it sh",
    "kubectl run web --image=nginx:1\nkubectl expose pod web --port=80",
    "kubectl create deploy web --image=nginx:1\nkubectl run web --image=nginx:1\nkubectl scale deploy web --replicas=2",
    "kubectl patch svc web -p '{\"spec\": {\"type\": \"NodePort\"}}'",
    "kubectl get po -o go-template='{{range .items}}{{.metadata.name}} {{end}}'",
    "kubectl get pods -A --sort-by .metadata.name -w",
    "kubectl logs -f web-0 -p --tail 5",
    "kubectl config set-credentials me --exec-command aws --exec-arg=--export",
    "echo kubectl exec web-0 date",
    "echo 'kubectl exec web-0 date' >> todo.txt",
    "# kubectl exec web-0 date",
    "ls # kubectl exec web-0 date",
    "cat <<EOF >notes.txt\nkubectl exec web-0 date\nEOF",
    "helm install shop ./chart --namespace shop -f values.yaml",
    "helm upgrade --install shop ./chart",
    "helm template --name-template shop ./chart",
    "helm install ./chart -g",
    "helm search hub nginx",
    "kubectl krew install neat && kubectl neat < a.yaml",
];

#[test]
fn what_works_stays_as_it_is() {
    for text in RIGHT {
        let (new, report) = typed(&format!("{text}\n"));
        assert_eq!(new, format!("{text}\n"), "{report}");
        assert!(!report.contains(" ! "), "{report}");
    }
}

/// Outputs, questions and half a line between commands: those are mended all the same.
#[test]
fn what_is_no_command_does_not_hide_those_that_are() {
    let (new, report) = typed(
        "$ kubectl get pods\nNAME    READY\nweb-0   1/1 (it's up)\n$ kubectl exec web-0 date\nMon\n\
         error: couldn't reach 'x\nkubectl exec web-1 date; echo \"open\nkubectl exec web-2 date\n",
    );
    for pod in ["web-0", "web-1", "web-2"] {
        assert!(new.contains(&format!("kubectl exec {pod} -- date")), "{new}{report}");
    }
}

#[test]
fn a_manifest_in_a_command_is_mended_wherever_its_command_goes_on() {
    for (head, tail) in [
        ("kubectl apply -n shop -f - <<EOF", ""),
        ("kubectl apply -f - <<'EOF' -n shop", ""),
        ("cat <<EOF | kubectl apply -f -", ""),
        ("cat <<EOF> job.yaml", ""),
        ("if true; then kubectl apply -f - <<EOF", "fi\n"),
        ("cat >job.yaml <<\"EOF\"", ""),
    ] {
        let text = |version: &str| {
            format!(
                "{head}\napiVersion: {version}\nkind: CronJob\nEOF\n{tail}kubectl exec a -- b\n"
            )
        };
        let (new, report) = typed(&text("batch/v1beta1"));
        assert_eq!(new, text("batch/v1"), "{report}");
    }
}

/// What one block of a worksheet makes, another one asks for.
#[test]
fn blocks_of_a_worksheet_know_of_one_another() {
    let sheet = |run: &str| {
        format!(
            "# Web\n\n```sh\n{run} web --image=nginx:1\n```\n\nThen:\n\n```sh\nkubectl scale deploy web --replicas=2\n```\n"
        )
    };
    let (new, report) = typed(&sheet("kubectl run"));
    assert_eq!(new, sheet("kubectl create deployment"), "{report}");
}

#[test]
fn what_stands_in_no_block_is_told() {
    let sheet = "# Web\n\nFirst kubectl has to be there.\n\nkubectl exec web-0 date\n\n\
                 apiVersion: batch/v1beta1\nkind: CronJob\n\n```sh\nkubectl get pods\n```\n";
    let (new, report) = typed(sheet);
    assert_eq!(new, sheet);
    assert!(
        report.contains("   5 ! kubectl exec web-0 date\n         this is in no block"),
        "{report}"
    );
    assert!(report.contains("   7 ! apiVersion: batch/v1beta1\n"), "{report}");
    assert!(report.contains("for you to look at: 2"), "{report}");
}
