use std::{path::Path, time::Duration};

use super::{Action, Needs, Worksheet};

fn parse(text: &str) -> Result<Worksheet, (usize, String)> {
    Worksheet::parse(Path::new("x.md"), text).map_err(|it| (it.line, it.what))
}

const LAB: &str = "\
---
time: 5 min
---
# A lab

```yaml
kind: Pod
```

## One `thing`

```sh until=90s
kubectl get pods
```

They come:

```output
NAME …
```

```sh terminal=2
siege
```

## Then

```output until=20s
200
```

```sh fails
false
```

```output terminal=2
…
```

```sh always
kubectl delete pod x
```
";

#[test]
fn steps_are_told_in_the_order_of_the_file() {
    let steps = parse(LAB).expect("a worksheet").steps;
    let places: Vec<(usize, &str)> = steps.iter().map(|it| (it.line, &*it.heading)).collect();
    assert_eq!(
        places,
        [
            (12, "One thing"),
            (22, "One thing"),
            (28, "Then"),
            (32, "Then"),
            (36, "Then"),
            (40, "Then")
        ]
    );
    let Action::Type(first) = &steps[0].action else { panic!("{:?}", steps[0]) };
    assert_eq!(
        (first.text.as_str(), first.until),
        ("kubectl get pods\n", Some(Duration::from_secs(90)))
    );
    let mismatch = first.seen.as_ref().expect("an output").compare("").expect_err("nothing came");
    assert_eq!(mismatch.line, Some(19));
    assert!(matches!(&steps[1].action, Action::Start { terminal: 2, text } if text == "siege\n"));
    // An output without a number belongs to the terminal of the command above it.
    let until = Some(Duration::from_secs(20));
    assert!(
        matches!(&steps[2].action, Action::Look { terminal: 2, until: it, .. } if *it == until)
    );
    assert!(matches!(&steps[3].action, Action::Type(it) if it.fails && it.seen.is_none()));
    assert!(matches!(&steps[4].action, Action::Look { terminal: 2, until: None, .. }));
    assert!(matches!(&steps[5].action, Action::Type(it) if it.always));
}

#[test]
fn the_top_says_what_is_needed() {
    for (top, cluster, nodes) in [
        ("", true, None),
        ("---\ncluster: none\n---\n", false, None),
        ("---\ntime: 5 min\nnodes: 2\n---\n", true, Some(2)),
    ] {
        let read = parse(&format!("{top}```sh\nls\n```\n")).expect("a worksheet");
        assert_eq!(read.needs, Needs { cluster, nodes }, "{top}");
    }
}

#[test]
fn what_is_not_understood_is_told_with_its_line() {
    for (text, line, told) in [
        ("# Nothing to do\n", 1, "no command"),
        ("```output\nx\n```\n", 1, "no command above"),
        ("```sh\nls\n```\n```output\nx\n```\n```output\ny\n```\n", 7, "no command above"),
        ("```sh\nls\n```\n```output until=5s\nx\n```\n", 4, "belongs to the command"),
        ("text\n\n```sh\nls\n```\n```output terminal=2\nx\n```\n", 6, "nothing was typed"),
        (
            "```sh\nls\n```\n```output\n…\nAv: {80..10} %\n```\n",
            6,
            "`{80..10}`: no number is in it",
        ),
        ("```sh\nls\n```\n```output\n{1..NaN}\n```\n", 5, "no number is in it"),
        ("\n```sh unti=5s\nls\n```\n", 2, "`unti=5s` is not known"),
        ("---\ncluster: no\n---\n", 2, "it is `any` or `none`"),
        ("---\ntime: 5\nclusters: 2\n---\n", 3, "is not known"),
        ("---\nnodes: two\n---\n", 2, "a number such as 2"),
        ("---\nnodes: 0\n---\n", 2, "a number such as 2"),
        ("---\ncluster: none\nnodes: 2\n---\n", 1, "has none"),
    ] {
        let (at, what) = parse(text).map(|_| ()).expect_err(text);
        assert_eq!(at, line, "{text}: {what}");
        assert!(what.contains(told), "{text}: {what}");
    }
}

#[test]
fn paths_begin_beside_the_folder_of_the_labs() {
    for (path, folder) in [
        ("/course/labs/en/03.md", "/course"),
        ("/course/labs/03.md", "/course"),
        ("/course/notes/03.md", "/course/notes"),
    ] {
        let text = "```sh\nls\n```\n";
        let read = Worksheet::parse(Path::new(path), text).expect("a worksheet");
        assert_eq!(read.folder(), Path::new(folder), "{path}");
    }
}
