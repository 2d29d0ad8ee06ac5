//! Planted secrets: none of them is in an error, a `Debug` text, the ledger or the audit log.

use super::{CLIENT_SECRET, Rig, admin, bearer, browser};
use http::Method;
use jiff::SignedDuration;
use tollgate_ledger::Query;

#[tokio::test]
async fn no_secret_is_stored_shown_or_logged() {
    let rig = Rig::new();
    let key = rig.key(&[]).await;
    let rotated = rig.keys().rotate(&admin(), key.id(), SignedDuration::ZERO).await.unwrap();
    let token = rig.issuer.sign(&rig.claims("stranger"));
    let started = rig.identity.start_sign_in(None, "/").await.unwrap();
    let query = rig.issuer.sign_in(&started.location);
    let cookie = started.cookie.clone();
    let signed_in = rig.identity.finish_sign_in(&browser(&[&cookie]), &query).await.unwrap_or_else(|e| panic!("{e:?}"));
    let link = rig.identity.create_local_link("jane").await.unwrap();
    let value = |cookie: &str| cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    let secrets = [
        CLIENT_SECRET.to_owned(),
        key.reveal().to_owned(),
        key.reveal()[17..].to_owned(),
        rotated.key.reveal().to_owned(),
        token.clone(),
        token.rsplit_once('.').unwrap().1.to_owned(),
        value(&cookie),
        value(&signed_in.cookies[0]),
        link,
    ];
    let mut shown = format!("{key:?} {:?} {:?}", rotated.record, signed_in.caller);
    for headers in
        [bearer(key.reveal()), bearer(&token), bearer(&key.reveal()[..40]), browser(&[&signed_in.cookies[0]])]
    {
        if let Err(refused) = rig.identity.authenticate(&Method::POST, &headers).await {
            shown += &format!("{refused} {refused:?} {:?}", refused.www_authenticate());
        }
    }
    if let Err(refused) = rig.identity.finish_sign_in(&browser(&[&cookie]), &query).await {
        shown += &format!("{refused} {refused:?}");
    }
    for entry in rig.ledger.audit_log(100).await.unwrap() {
        shown += &format!("{entry:?}");
    }
    for key in rig.ledger.api_keys().await.unwrap() {
        shown += &format!("{key:?}");
    }
    for index in ["t#KEYS", "t#SESSIONS"] {
        for item in rig.ledger.table().query_index_all(Query::partition(index)).await.unwrap() {
            shown += &format!("{item:?}");
        }
    }
    assert!(
        shown.contains("key_expired") && shown.contains("not_admitted") && shown.contains("sign_in_failed"),
        "{shown}"
    );
    for secret in &secrets {
        assert!(!shown.contains(secret.as_str()), "{secret}");
    }
}
