use serde_json::json;

use crate::support::{Fresh, race};

const BOOKINGS: &str = "/api/rooms/garden/bookings";

#[test]
fn the_last_place_is_booked_once() {
    let server = Fresh::start();
    let before = server.get("/api/rooms/garden");
    let room = before.json();
    assert_eq!(room["capacity"].as_u64().unwrap(), room["guests"].as_array().unwrap().len() as u64 + 1);
    let booked = server.post(BOOKINGS, &json!({ "guest": "Ann" }));
    assert_eq!((booked.status, booked.json()["places_left"].as_u64()), (201, Some(0)));
    let full = server.post(BOOKINGS, &json!({ "guest": "Ben" }));
    full.assert_refused(409, "ROOM_FULL");
    assert_eq!(full.json()["details"], json!({ "capacity": room["capacity"] }));
    server.post(BOOKINGS, &json!({ "guest": "Ann" })).assert_refused(409, "ALREADY_BOOKED");
    let after = server.get("/api/rooms/garden");
    assert_eq!(after.json()["guests"][3], "Ann");
    assert_ne!(after.header("etag"), before.header("etag"));
}

#[test]
fn a_booking_needs_a_room_and_a_guest() {
    let server = Fresh::start();
    server.post("/api/rooms/cellar/bookings", &json!({ "guest": "Ann" })).assert_refused(404, "NOT_FOUND");
    server.get("/api/rooms/cellar").assert_refused(404, "NOT_FOUND");
    for bad in [json!({}), json!({ "guest": " " }), json!({ "guest": 1 })] {
        server.post(BOOKINGS, &bad).assert_refused(422, "INVALID_GUEST");
    }
}

#[test]
fn of_two_parallel_bookings_of_the_last_place_exactly_one_wins() {
    let server = Fresh::start();
    for round in 0..50 {
        assert_eq!(server.post("/api/reset", &json!({ "scenario": "last-slot" })).status, 204);
        let book = |guest: &str| server.post(BOOKINGS, &json!({ "guest": guest }));
        let replies = race(|| book("Ann"), || book("Ben"));
        let lost = replies.iter().position(|reply| reply.status == 409).expect("one is refused");
        replies[lost].assert_refused(409, "ROOM_FULL");
        assert_eq!(replies[1 - lost].status, 201, "round {round}");
        let guests = server.get("/api/rooms/garden").json()["guests"].clone();
        assert_eq!((guests.as_array().unwrap().len(), &guests[3]), (4, &json!(["Ann", "Ben"][1 - lost])));
    }
}
