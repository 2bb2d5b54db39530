//! The network between the clients and the servers, which loses, delays and doubles messages.

use mergefetch::client::Event;
use mergefetch::http::{BodyFailure, Headers, Method, Request, Response};

use super::model::{Kind, read};
use super::promises::HOLD;
use super::tab::{Call, Session};
use super::world::World;
use crate::server::answer;

impl World {
    pub fn exchange(&mut self, id: usize, call: &mut Call, request: &Request, session: &Session) -> Event {
        let is_read = request.method == Method::Get;
        let newest = self.server(session).history.len() - 1;
        if is_read && self.random.percent(self.habits.lag_percent) && !self.is_draining {
            return Event::Answered(self.lag(call, request, session, 3));
        }
        let looked_at = if is_read { Some(newest) } else { session.looked_at };
        if self.is_draining || !self.random.percent(self.habits.fault_percent) {
            call.session.looked_at = looked_at;
            if is_read {
                self.saw_state(id, session.resource, newest);
            }
            return Event::Answered(self.arrive(request, session));
        }
        let broken = || Event::NoAnswer("the connection broke".into());
        let fault = self.random.below(10);
        let status = [500, 502, 504][self.random.below(3)];
        self.story.push(format!("fault {fault} for {id}"));
        match fault {
            0 => broken(),
            1 => Event::Answered(self.located(request, answer(status, Headers::new(), "<h1>Oops</h1>"))),
            2 => Event::Answered(self.located(request, answer(503, Headers::new().with("Retry-After", "1"), ""))),
            // A creation goes out on it all the same.
            3 if is_read && self.habits.kind == Kind::Json && !self.habits.is_blind() => {
                Event::Answered(self.located(request, answer(200, Headers::new(), "<h1>Sign in</h1>")))
            }
            // Where nothing is compared, nobody can tell that the answer is old.
            4 if is_read && !self.habits.is_blind() => Event::Answered(self.lag(call, request, session, 1000)),
            3 | 4 if self.habits.is_slow_to_arrive => {
                self.late.push((request.clone(), session.clone()));
                broken()
            }
            5 if self.habits.is_slow_to_arrive && !is_read => {
                // Delivered twice: by a browser that repeats the request, or by a proxy.
                self.late.push((request.clone(), session.clone()));
                Event::Answered(self.arrive(request, session))
            }
            // Half of a body, then nothing, or so slowly that nobody waits for it.
            9 => {
                call.session.looked_at = looked_at;
                let mut response = self.arrive(request, session);
                response.body = Err(BodyFailure::Cut);
                Event::Answered(response)
            }
            6 => {
                self.arrive(request, session);
                let status = [202, 500, 504][self.random.below(3)];
                Event::Answered(self.located(request, answer(status, Headers::new(), "")))
            }
            7 => {
                self.arrive(request, session);
                broken()
            }
            // A hidden tag is another case: the following write is unprotected, and the page gets a warning.
            _ => {
                call.session.looked_at = looked_at;
                let mut response = self.arrive(request, session);
                if !is_read {
                    response.headers.remove("etag");
                }
                Event::Answered(response)
            }
        }
    }

    /// A replica answers, or a shared cache, some states behind. A query of its own goes past that.
    fn lag(&mut self, call: &mut Call, request: &Request, session: &Session, most: usize) -> Response {
        let newest = self.servers[session.resource].history.len() - 1;
        let is_unique = request.url.contains('?');
        let behind = if is_unique { 0 } else { (1 + self.random.below(most)).min(newest) };
        if behind > 0 {
            call.lagging += 1;
            self.tabs[session.client].is_misled |= call.lagging >= HOLD;
            self.story.push(format!("a read of {} is {behind} behind", session.client));
        } else {
            call.session.looked_at = Some(newest);
        }
        self.saw_state(session.client, session.resource, newest - behind);
        let response = self.servers[session.resource].read(request, newest - behind);
        self.located(request, response)
    }

    /// The request reaches the server. The sender must have seen each value that it replaces.
    pub fn arrive(&mut self, request: &Request, session: &Session) -> Response {
        let kind = self.habits.kind;
        let before = self.server(session).now().map(|text| read(kind, text));
        let length = self.servers[session.resource].history.len();
        // One way to refuse after the other.
        let refusals = [
            (412, "", ""),
            (409, "text/html", "<h1>Conflict</h1>"),
            (409, "application/json", "{\"code\":\"STALE_RESOURCE\"}"),
        ];
        let refusal = refusals[self.random.below(refusals.len())];
        let now_ms = self.now_ms;
        let server = &mut self.servers[session.resource];
        server.clock_ms = now_ms;
        server.refusal = refusal;
        let response = server.handle(request);
        let response = self.located(request, response);
        let now = self.servers[session.resource].history.len();
        if now > length {
            let after = self.server(session).now().map(|text| read(kind, text));
            let at = session.resource;
            self.story.push(format!("the server holds \"{}\" of {at}: {after:?}", now - 1));
            self.committed.insert(session.call, now - 1);
            self.check_written(session, before.as_ref(), after.as_ref());
        }
        response
    }
}
