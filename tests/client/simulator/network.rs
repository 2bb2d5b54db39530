//! The network between the clients and the servers, and what gets lost, late or doubled on it.

use mergefetch::client::Event;
use mergefetch::http::{BodyFailure, Headers, Method, Request};

use super::model::{Kind, read};
use super::world::{Session, World};
use crate::server::answer;

impl World {
    pub fn exchange(&mut self, id: usize, request: &Request) -> Event {
        let session = self.clients[id].session.clone();
        let is_read = request.method == Method::Get;
        let newest = self.server(&session).history.len() - 1;
        let looked_at = if is_read { Some(newest) } else { session.looked_at };
        if !self.random.percent(self.habits.fault_percent) {
            self.clients[id].session.looked_at = looked_at;
            return Event::Answered(self.arrive(request, &session));
        }
        let broken = || Event::NoAnswer("the connection broke".into());
        let canned = |status, body| Event::Answered(answer(status, Headers::new(), body));
        let fault = self.random.below(10);
        self.story.push(format!("fault {fault} for {id}"));
        match fault {
            0 => broken(),
            1 => canned([500, 502, 504][self.random.below(3)], "<h1>Oops</h1>"),
            2 => Event::Answered(answer(503, Headers::new().with("Retry-After", "1"), "")),
            // A creation goes out on it all the same.
            3 if is_read && self.habits.kind == Kind::Json && !self.habits.is_blind() => {
                canned(200, "<h1>Sign in</h1>")
            }
            // Where nothing is compared, nobody can tell that the answer is old.
            4 if is_read && !self.habits.is_blind() => {
                let behind = self.random.below(self.servers[session.resource].history.len());
                let mut response = self.servers[session.resource].read(request, behind);
                response.url.clone_from(&request.url);
                Event::Answered(response)
            }
            3 | 4 if self.habits.is_slow_to_arrive => {
                self.late.push((request.clone(), session));
                broken()
            }
            5 if self.habits.is_slow_to_arrive && !is_read => {
                // Delivered twice: by a browser that repeats it, or by whatever stands between.
                self.late.push((request.clone(), session.clone()));
                Event::Answered(self.arrive(request, &session))
            }
            // Half of a body, then nothing, or so slowly that nobody waits for it.
            9 => {
                self.clients[id].session.looked_at = looked_at;
                let mut response = self.arrive(request, &session);
                response.body = Err(BodyFailure::Cut);
                Event::Answered(response)
            }
            6 => {
                self.arrive(request, &session);
                canned([202, 500, 504][self.random.below(3)], "")
            }
            7 => {
                self.arrive(request, &session);
                broken()
            }
            // A tag that is hidden from a read is another story: what is written then is unprotected, and told so.
            _ => {
                self.clients[id].session.looked_at = looked_at;
                let mut response = self.arrive(request, &session);
                if !is_read {
                    response.headers.remove("etag");
                }
                Event::Answered(response)
            }
        }
    }

    /// The request reaches the server: whatever it changes, its sender must have seen what was there.
    pub fn arrive(&mut self, request: &Request, session: &Session) -> mergefetch::http::Response {
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
        let mut response = server.handle(request);
        response.url.clone_from(&request.url);
        if self.servers[session.resource].history.len() > length {
            let after = self.server(session).now().map(|text| read(kind, text));
            self.story
                .push(format!("the server holds \"{}\": {after:?}", self.servers[session.resource].history.len() - 1));
            self.check_written(session, before.as_ref(), after.as_ref());
        }
        response
    }
}
