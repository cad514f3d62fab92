//! Lab 14: a share for a new version, and a switch.

use crate::verify::copy::{Copy, tells_the_truth};

#[test]
fn lab_14_tells_the_truth() {
    tells_the_truth("14-canary");
}

#[test]
fn lab_14_rejects_a_canary_with_another_share() {
    let test = "lab_14_rejects_a_canary_with_another_share";
    let Some(copy) = Copy::of("14-canary", test) else { return };
    copy.manifest("stable.yaml", "replicas: 3", "replicas: 1");
    copy.is_rejected_at("{190..310} bad 500");
}

#[test]
fn lab_14_rejects_a_switch_with_a_gap() {
    let test = "lab_14_rejects_a_switch_with_a_gap";
    let Some(copy) = Copy::of("14-canary", test) else { return };
    copy.without("## 2.", "## 5.");
    let switch =
        r#"kubectl patch service shop --patch '{"spec":{"selector":{"version":"green"}}}'"#;
    let to_nobody = switch.replace("green", "nobody");
    let noticed = "while kubectl exec siege -- curl -sf -m 5 shop:8080/orders; do :; done";
    let gap = format!("{{ {to_nobody}; {noticed}; }} >/dev/null 2>&1");
    copy.says(switch, &format!("{gap}\nSECONDS=0\n{switch}"));
    copy.is_rejected_at("{1..598} canary 200");
}
