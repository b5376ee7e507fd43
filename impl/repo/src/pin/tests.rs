//! Spec: spec/repo/pin.md

use super::*;
use crate::testing::{MemoryDatastore, Table, cid};

fn pinner() -> (Arc<MemoryDatastore>, Pinner) {
    let store = Arc::new(MemoryDatastore::default());
    (store.clone(), Pinner::open(store).unwrap())
}

fn listed(pinner: &Pinner, mode: Mode) -> Vec<(Cid, String)> {
    let mut pins: Vec<_> = pinner
        .list(mode, true)
        .unwrap()
        .map(|pin| pin.unwrap())
        .map(|pin| (pin.cid, pin.name))
        .collect();
    pins.sort();
    pins
}

/// `a -> b c`, `b -> d`, `e -> d f`
fn table() -> Table {
    Table::new(&[("a", "b c"), ("b", "d"), ("c", ""), ("d", ""), ("e", "d f"), ("f", "")])
}

#[test]
fn layout_is_that_of_the_reference() {
    let (store, pinner) = pinner();
    let foo = Cid::try_from("bafkreifvxooyaffa7gy5mhrb46lnpdom34jvf4r42mubf5efbodyvzeujq").unwrap();
    pinner.set(&foo, Mode::Recursive, "na/me").unwrap();
    let keys: Vec<String> = store.keys();
    let id = keys[2].strip_prefix("/pins/pin/").unwrap();
    assert_eq!((id.len(), &id[12..13]), (32, "4"));
    let encoded_id = multibase::encode(multibase::Base::Base64Url, id);
    assert_eq!(
        keys,
        [
            format!(
                "/pins/index/cidRindex/uAVUSILW7nYAUoPmx1h4h55bXjczfE1LyPNMoEvSFC4eK5JRM/{encoded_id}"
            ),
            format!("/pins/index/nameIndex/ubmEvbWU/{encoded_id}"),
            format!("/pins/pin/{id}"),
            "/pins/state/dirty".into(),
        ]
    );
    assert_eq!(store.get(&Key::new("/pins/state/dirty")).unwrap().unwrap(), [0]);
    pinner.remove(&foo, true).unwrap();
    assert_eq!(store.keys(), ["/pins/state/dirty"]);
}

#[test]
fn one_pin_per_cid_and_the_last_name_counts() {
    let (_, pinner) = pinner();
    let dag = table();
    pinner.add(&dag, &cid("a"), Mode::Direct, "x", None).unwrap();
    pinner.add(&dag, &cid("a"), Mode::Direct, "y", None).unwrap();
    assert_eq!(listed(&pinner, Mode::Direct), [(cid("a"), "y".into())]);
    pinner.add(&dag, &cid("a"), Mode::Recursive, "z", None).unwrap();
    assert_eq!(listed(&pinner, Mode::Direct), []);
    pinner.add(&dag, &cid("a"), Mode::Recursive, "", None).unwrap();
    assert_eq!(listed(&pinner, Mode::Recursive), [(cid("a"), String::new())]);
    let error = pinner.add(&dag, &cid("a"), Mode::Direct, "", None).unwrap_err();
    assert_eq!(error.to_string(), format!("{} already pinned recursively", cid("a")));
}

#[test]
fn removing_needs_the_right_kind() {
    let (_, pinner) = pinner();
    let dag = table();
    pinner.add(&dag, &cid("a"), Mode::Recursive, "", None).unwrap();
    let error = pinner.remove(&cid("a"), false).unwrap_err();
    assert_eq!(error.to_string(), format!("{} is pinned recursively", cid("a")));
    let error = pinner.remove(&cid("b"), true).unwrap_err();
    assert_eq!(error.to_string(), "not pinned or pinned indirectly");
    pinner.remove(&cid("a"), true).unwrap();
    assert!(listed(&pinner, Mode::Recursive).is_empty());
}

#[test]
fn a_missing_block_pins_nothing_and_keeps_the_old_pin() {
    let (_, pinner) = pinner();
    let mut dag = table();
    pinner.add(&dag, &cid("a"), Mode::Recursive, "old", None).unwrap();
    dag.remove("d");
    assert!(pinner.add(&dag, &cid("a"), Mode::Recursive, "new", None).is_err());
    assert!(pinner.add(&dag, &cid("e"), Mode::Recursive, "", None).is_err());
    assert_eq!(listed(&pinner, Mode::Recursive), [(cid("a"), "old".into())]);
}

#[test]
fn cancelling_pins_nothing() {
    let (store, pinner) = pinner();
    let mut count = 0;
    let mut progress = |_| {
        count += 1;
        if count == 3 { Err(block::Error::Cancelled) } else { Ok(()) }
    };
    let result = pinner.add(&table(), &cid("a"), Mode::Recursive, "", Some(&mut progress));
    assert!(matches!(result, Err(Error::Block(block::Error::Cancelled))));
    assert!(store.keys().is_empty());
}

#[test]
fn update_moves_pin_and_name() {
    let (_, pinner) = pinner();
    let mut dag = table();
    pinner.add(&dag, &cid("a"), Mode::Recursive, "n", None).unwrap();
    assert!(matches!(pinner.update(&dag, &cid("e"), &cid("a"), true), Err(Error::FromNotPinned)));
    pinner.update(&dag, &cid("a"), &cid("a"), true).unwrap();
    pinner.update(&dag, &cid("a"), &cid("e"), false).unwrap();
    assert_eq!(listed(&pinner, Mode::Recursive).len(), 2);
    assert!(matches!(pinner.update(&dag, &cid("a"), &cid("e"), true), Err(Error::ToPinned)));
    pinner.remove(&cid("e"), true).unwrap();
    pinner.update(&dag, &cid("a"), &cid("e"), true).unwrap();
    assert_eq!(listed(&pinner, Mode::Recursive), [(cid("e"), "n".into())]);
    dag.remove("c");
    assert!(pinner.update(&dag, &cid("e"), &cid("a"), true).is_err());
    assert_eq!(listed(&pinner, Mode::Recursive), [(cid("e"), "n".into())]);
}

#[test]
fn status_names_the_pin_above() {
    let (_, pinner) = pinner();
    let dag = table();
    pinner.add(&dag, &cid("e"), Mode::Recursive, "n", None).unwrap();
    pinner.add(&dag, &cid("d"), Mode::Direct, "m", None).unwrap();
    let ask = |names: &[&str], filter| {
        let cids: Vec<Cid> = names.iter().map(|name| cid(name)).collect();
        pinner.status(&dag, &cids, filter, true).unwrap()
    };
    let indirect = || Status::Indirect { via: cid("e") };
    assert_eq!(
        ask(&["f", "e", "d", "a"], Filter::Any),
        [
            indirect(),
            Status::Pinned(Mode::Recursive, "n".into()),
            Status::Pinned(Mode::Direct, "m".into()),
            Status::NotPinned
        ]
    );
    assert_eq!(
        ask(&["e", "d", "f"], Filter::Indirect),
        [Status::NotPinned, indirect(), indirect()]
    );
    assert_eq!(ask(&["f", "d"], Filter::Recursive), [Status::NotPinned, Status::NotPinned]);
}

#[test]
fn verification_lists_each_broken_path() {
    let (_, pinner) = pinner();
    let mut dag = table();
    pinner.add(&dag, &cid("a"), Mode::Recursive, "", None).unwrap();
    pinner.add(&dag, &cid("e"), Mode::Recursive, "", None).unwrap();
    dag.remove("d");
    let mut results = Vec::new();
    let mut emit = |result| {
        results.push(result);
        true
    };
    pinner.verify(&dag, &mut emit).unwrap();
    results.sort_by_key(|result: &Verification| result.cid != cid("a"));
    let bad = [BadNode { cid: cid("d"), error: format!("ipld: could not find {}", cid("d")) }];
    assert_eq!(results[0], Verification { cid: cid("a"), bad: bad.to_vec() });
    assert_eq!(results[1].bad, bad);
}

#[test]
fn a_dirty_marker_rebuilds_the_indexes() {
    let (store, pinner) = pinner();
    pinner.add(&table(), &cid("a"), Mode::Recursive, "n", None).unwrap();
    pinner.add(&table(), &cid("d"), Mode::Direct, "", None).unwrap();
    let whole = store.keys();
    for key in &whole {
        if key.starts_with("/pins/index") {
            store.delete(&Key::new(key)).unwrap();
        }
    }
    // Also an entry in the wrong index, as a change of mode that was cut short leaves it.
    let id = whole.iter().find_map(|key| key.strip_prefix("/pins/pin/")).unwrap().to_owned();
    let mode = index::load(store.as_ref(), &id).unwrap().unwrap();
    let wrong = if mode.mode == Mode::Direct { Mode::Recursive } else { Mode::Direct };
    store.put(&index::cid_entry(wrong, &mode.cid, &id), &[]).unwrap();
    store.put(&index::dirty_key(), &[1]).unwrap();

    Pinner::open(store.clone()).unwrap();
    assert_eq!(store.keys(), whole);
    assert_eq!(store.get(&index::dirty_key()).unwrap().unwrap(), [0]);
}

#[test]
fn a_lost_record_does_not_block_pinning() {
    let (store, pinner) = pinner();
    pinner.add(&table(), &cid("a"), Mode::Recursive, "", None).unwrap();
    let record = store.keys().into_iter().find(|key| key.starts_with("/pins/pin/")).unwrap();
    store.delete(&Key::new(&record)).unwrap();
    assert!(listed(&pinner, Mode::Recursive).is_empty());
    pinner.add(&table(), &cid("a"), Mode::Recursive, "again", None).unwrap();
    assert_eq!(listed(&pinner, Mode::Recursive), [(cid("a"), "again".into())]);
}

#[test]
fn every_change_is_one_batch() {
    let (store, pinner) = pinner();
    let before = store.batches();
    pinner.add(&table(), &cid("a"), Mode::Recursive, "n", None).unwrap();
    pinner.update(&table(), &cid("a"), &cid("e"), true).unwrap();
    pinner.remove(&cid("e"), true).unwrap();
    assert_eq!(store.batches() - before, 3);
}
