//! When a route delivers a message.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tollgate_model::Message;
use tollgate_policy::{DigestSchedule, QuietHours, Route, Throttle};

use crate::{PipelineError, State};

/// When a route delivers a message: at once, after its quiet hours, with its digest, or after its throttle.
pub(super) async fn due_time(
    state: &State,
    route: &Route,
    message: &Message,
    now: Timestamp,
) -> Result<(Timestamp, bool, String), PipelineError> {
    if let Some(daily) = &route.digest {
        return Ok((next(daily, now), true, format!("with the digest of {}", clock_time(daily.at))));
    }
    if let Some(quiet) = &route.quiet
        && message.severity().is_none_or(|s| s < quiet.except)
        && let Some(end) = quiet_until(quiet, now)
    {
        return Ok((end, false, format!("after the quiet hours, at {}", clock_time(quiet.to))));
    }
    if let Some(Throttle { at_most, per }) = route.throttle {
        let per = i64::from(per);
        let heard = state.ledger.count_routed(&route.name, now - SignedDuration::from_secs(per), now).await?;
        if heard >= at_most {
            // Messages above the limit are due at one instant, in one message.
            let due = (now.as_second() / per + 1) * per;
            let due = Timestamp::from_second(due).unwrap_or(now);
            return Ok((
                due,
                true,
                format!("later, in one message: {heard} messages used this route in {} minutes", per / 60),
            ));
        }
    }
    Ok((now, false, "at once".to_owned()))
}

fn clock_time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn time_of(minute: u16) -> Time {
    let part = |n: u16| i8::try_from(n).unwrap_or(0);
    Time::new(part(minute / 60), part(minute % 60), 0, 0).unwrap_or_default()
}

/// The next instant of a daily time in its zone. A time that clocks skip is the instant after.
fn next(daily: &DigestSchedule, now: Timestamp) -> Timestamp {
    at(&daily.zone, daily.at, now)
}

fn at(zone: &str, minute: u16, now: Timestamp) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let today = now.to_zoned_datetime(zone.clone()).date();
    let candidates = [Some(today), today.tomorrow().ok()].into_iter().flatten();
    let instants = candidates.filter_map(|date| date.to_datetime(time_of(minute)).to_zoned_datetime(zone.clone()).ok());
    instants.map(|z| z.timestamp()).find(|t| *t > now).unwrap_or(now)
}

/// The end of the quiet hours around an instant.
fn quiet_until(quiet: &QuietHours, now: Timestamp) -> Option<Timestamp> {
    let zone = TimeZone::get(&quiet.zone).unwrap_or(TimeZone::UTC);
    let local = now.to_zoned_datetime(zone).time();
    let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0);
    let inside = if quiet.from <= quiet.to {
        (quiet.from..quiet.to).contains(&minute)
    } else {
        minute >= quiet.from || minute < quiet.to
    };
    inside.then(|| at(&quiet.zone, quiet.to, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_hours_end_in_their_own_zone_also_when_clocks_change() {
        let quiet = |from: u16, to: u16| QuietHours {
            from: from * 60,
            to: to * 60,
            zone: "Europe/Berlin".to_owned(),
            except: tollgate_model::Severity::Critical,
        };
        let until = |q: &QuietHours, now: &str| quiet_until(q, instant(now)).map(|t| t.to_string());
        let night = quiet(22, 7);
        assert_eq!(until(&night, "2026-11-20T22:30:00Z").as_deref(), Some("2026-11-21T06:00:00Z"));
        assert_eq!(until(&night, "2026-11-21T05:59:00Z").as_deref(), Some("2026-11-21T06:00:00Z"));
        assert_eq!(until(&night, "2026-11-21T06:00:00Z"), None);
        // The night in which clocks go back is an hour longer.
        assert_eq!(until(&night, "2026-10-24T20:30:00Z").as_deref(), Some("2026-10-25T06:00:00Z"));
        assert_eq!(until(&quiet(12, 13), "2026-11-21T11:30:00Z").as_deref(), Some("2026-11-21T12:00:00Z"));
        assert_eq!(until(&quiet(12, 13), "2026-11-21T12:30:00Z"), None);
    }

    #[test]
    fn a_digest_comes_at_the_next_time_of_its_clock() {
        let daily = DigestSchedule { at: 9 * 60, zone: "America/New_York".to_owned() };
        assert_eq!(next(&daily, instant("2026-11-21T13:59:00Z")).to_string(), "2026-11-21T14:00:00Z");
        assert_eq!(next(&daily, instant("2026-11-21T14:00:00Z")).to_string(), "2026-11-22T14:00:00Z");
    }
}
