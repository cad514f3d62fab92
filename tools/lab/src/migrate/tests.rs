//! What every migration has to be, whatever comes in.

use proptest::{
    prelude::{Strategy, any},
    prop_assert, prop_assert_eq, prop_oneof, proptest,
    sample::select,
};

use super::{Sort, change::edited, found};

fn migrated(text: &str, sort: Sort) -> String {
    edited(text, &found(text, sort).edits)
}

const SORTS: [Sort; 3] = [Sort::Yaml, Sort::Markdown, Sort::Script];

/// A piece of an old manifest, at any indent, whole or not.
fn piece() -> impl Strategy<Value = String> {
    let lines = vec![
        "apiVersion: extensions/v1beta1",
        "apiVersion: autoscaling/v2beta1",
        "kind: Deployment",
        "kind: Ingress",
        "kind: HorizontalPodAutoscaler",
        "metadata: {name: Order}",
        "metadata:",
        "name: Order",
        "spec:",
        "template:",
        "labels: {app: order}",
        "labels:",
        "app: order # why",
        "containers:",
        "- image: jinyoung/order:stable",
        "image: \"k8s.gcr.io/busybox\"",
        "rules:",
        "- http: {paths: [{backend: {serviceName: A, servicePort: 80}}]}",
        "backend:",
        "serviceName: Order",
        "servicePort: 8080 # b",
        "- resource: {name: cpu, targetAverageUtilization: 50}",
        "metrics:",
        "volumes:",
        "- name: v",
        "gitRepo: {repository: \"https://example.com/a.git\"}",
        "text: |",
        "---",
        "```yaml",
        "```",
        "> 주문",
        "kubectl run a --generator=run-pod/v1 --image=apexacme/order \\",
        "kubectl exec -it siege /bin/bash",
        "kubectl exec siege ls -n shop",
        "$ kubectl run web --image=k8s.gcr.io/pause:3.1 --replicas=2",
        "kubectl expose deployment web",
        "kubectl get pods --export --sort “x” – ‘y'",
        "helm install --name a b --namespace c",
        "if kubectl exec a $(kubectl exec b c) \"d",
        "cat <<-'EOF' >a.yaml",
        "labels: &l {app: order}",
        "labels: *l",
        "rollbackTo: {revision: 1}",
        "\u{a0}image: jinyoung/order:stable\u{200b}",
        "–\u{a0}name: “Order”",
        "cat <<EOF | kubectl apply -f -",
        "EOF",
        "{{ .Values.image }}",
        "*a: &b [",
        "",
    ];
    let lead = select(vec!["", "  ", "    ", "      ", "\t", "  \t", "-\t"]);
    let end = select(vec!["\n", "\n", "\n", "\r\n"]);
    (lead, select(lines), end).prop_map(|(lead, line, end)| format!("{lead}{line}{end}"))
}

/// A manifest as people write them, in one of several styles.
fn manifest() -> impl Strategy<Value = String> {
    let version = select(vec!["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2", "apps/v1"]);
    let image = select(vec!["jinyoung/order:stable", "'apexacme/siege-nginx'", "nginx # web"]);
    let name = select(vec!["order", "Order", "\"Order\""]);
    let labels = select(vec!["{app: order}", "\n        app: order\n        tier: 'x' # y"]);
    let volumes = select(vec![
        "",
        "      volumes: # all\n        - name: V\n          gitRepo:\n            repository: https://e.com/x\n",
    ]);
    let selector = select(vec!["", "  selector: {matchLabels: {app: order}}\n"]);
    let lead = select(vec!["", "\t"]);
    (version, image, name, labels, volumes, selector, lead, any::<bool>()).prop_map(
        |(version, image, name, labels, volumes, selector, lead, last)| {
            let head = format!(
                "apiVersion: {version}\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n"
            );
            let pods = format!(
                "  template:\n    metadata:\n      labels: {labels}\n    spec:\n      containers:\n        - name: {name}\n{lead}          image: {image}\n{volumes}"
            );
            if last { format!("{head}{pods}{selector}") } else { format!("{head}{selector}{pods}") }
        },
    )
}

const WORKSHEETS: [&str; 6] = [
    include_str!("../../tests/lab/migrate/before/autoscaler.yaml"),
    include_str!("../../tests/lab/migrate/before/deployment.yaml"),
    include_str!("../../tests/lab/migrate/before/ingress.yaml"),
    include_str!("../../tests/lab/migrate/before/names.yaml"),
    include_str!("../../tests/lab/migrate/before/repository.yaml"),
    include_str!("../../tests/lab/migrate/before/sheet.md"),
];

/// A worksheet of old with lines lost, moved to the side, or copied.
fn damaged() -> impl Strategy<Value = String> {
    let worksheet = select(WORKSHEETS.to_vec());
    let damage = (any::<proptest::sample::Index>(), 0..4);
    (worksheet, proptest::collection::vec(damage, 0..6)).prop_map(|(text, damages)| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (place, damage) in damages {
            let at = place.index(lines.len());
            match damage {
                0 => drop(lines.remove(at)),
                1 => lines[at].insert_str(0, "  "),
                2 => lines[at].insert(0, '\t'),
                _ => lines.insert(at, lines[at].clone()),
            }
        }
        lines.join("\n")
    })
}

#[test]
fn a_blank_that_only_looks_like_one_does_not_move_a_line_of_a_block() {
    let sheet =
        "1. a\n      ```yaml\n    app: order\n    \u{a0}image: jinyoung/order:stable\n      ```\n";
    let once = migrated(sheet, Sort::Markdown);
    assert_eq!(once, sheet.replace('\u{a0}', " ").replace("jinyoung/", "bulsajo/"));
    assert_eq!(migrated(&once, Sort::Markdown), once);
}

proptest! {
    #[test]
    fn migrating_twice_changes_nothing(
        text in prop_oneof![
            proptest::collection::vec(piece(), 0..30).prop_map(|it| it.concat()),
            proptest::collection::vec(manifest(), 1..4).prop_map(|it| it.join("---\n")),
            damaged(),
        ],
        sort in select(SORTS.to_vec()),
    ) {
        let once = migrated(&text, sort);
        prop_assert_eq!(&migrated(&once, sort), &once);
    }

    #[test]
    fn what_people_write_becomes_whole(text in manifest()) {
        let once = migrated(&text, Sort::Yaml);
        prop_assert!(once.contains("apiVersion: apps/v1\n"), "{}", once);
        prop_assert!(once.contains("matchLabels:"), "{}", once);
        prop_assert!(!once.contains("gitRepo") && !once.contains('\t'), "{}", once);
        let (documents, unreadable) = super::yaml::documents(&once);
        prop_assert!(unreadable.is_empty(), "{}", once);
        let name = documents[0].at(&["metadata", "name"]).and_then(|it| it.text());
        prop_assert_eq!(name, Some("order"), "{}", once);
    }

    #[test]
    fn any_text_can_be_looked_at(text in any::<String>(), sort in select(SORTS.to_vec())) {
        let found = found(&text, sort);
        let _ = super::report::report("x", &text, &found, "");
        edited(&text, &found.edits);
    }
}
