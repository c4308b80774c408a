extension Page {
    static let script = #"""
        const byId = (id) => document.getElementById(id);

        function say(place, text, isBad = false) {
          place.textContent = text;
          place.classList.toggle("bad", isBad);
        }

        /* An error of the gateway in words: {"code": 5, "message": "…", "details": [ … ]}. */
        function words(error) {
          const violations = (error.details ?? []).flatMap((detail) => detail.fieldViolations ?? []);
          const fields = violations.map((one) => `${one.field}: ${one.description}`);
          return [`${error.message} (code ${error.code})`, ...fields].join("; ");
        }

        async function wordsOf(response) {
          try {
            return `HTTP ${response.status}: ${words(await response.json())}`;
          } catch {
            return `HTTP ${response.status}`;
          }
        }

        /* Users: a server stream by EventSource. */

        const rows = new Map();
        let source = null;

        function show(user, isNew = false) {
          const row = rows.get(user.id) ?? byId("users").insertRow(isNew ? 0 : -1);
          rows.set(user.id, row);
          row.classList.toggle("new", isNew);
          const created = new Date(Number(user.createdAt ?? 0) * 1000);
          const day = created.toISOString().slice(0, 10);
          row.replaceChildren(...[user.id, user.name, user.email, day].map((text) => {
            const cell = document.createElement("td");
            cell.textContent = text ?? "";
            return cell;
          }));
        }

        function load() {
          const place = byId("users-status");
          source?.close();
          rows.clear();
          byId("users").replaceChildren();
          say(place, "Loading…");
          const stream = source = new EventSource("/v1/users");
          stream.addEventListener("message", (event) => show(JSON.parse(event.data)));
          /* The stream has come to its good end; an EventSource left open would ask again. */
          stream.addEventListener("end", () => {
            stream.close();
            say(place, `${rows.size} users, the stream has ended.`);
          });
          /* Either the gateway's "event: error", with the reason, or the browser's own, without. */
          stream.addEventListener("error", async (event) => {
            if (event.data) {
              stream.close();
              say(place, words(JSON.parse(event.data).error), true);
            } else if (stream.readyState === EventSource.CLOSED) {
              const text = await reason();
              if (stream === source) say(place, text, true);
            } else {
              say(place, "The gateway cannot be reached; trying again…", true);
            }
          });
        }

        /* EventSource keeps the answer of a refused stream to itself; a plain request tells it. */
        async function reason() {
          try {
            const response = await fetch("/v1/users?page_size=1");
            return response.ok ? "The stream was refused; load again." : await wordsOf(response);
          } catch {
            return "The gateway cannot be reached.";
          }
        }

        byId("users-again").addEventListener("click", load);
        load();

        /* A new user: a unary call by fetch. */

        byId("create").addEventListener("submit", async (event) => {
          event.preventDefault();
          const form = event.target;
          const place = byId("create-status");
          say(place, "Creating…");
          try {
            const response = await fetch("/v1/users", {
              method: "POST",
              headers: { "content-type": "application/json" },
              body: JSON.stringify(Object.fromEntries(new FormData(form))),
            });
            if (!response.ok) return say(place, await wordsOf(response), true);
            const user = await response.json();
            show(user, true);
            say(place, `Created ${user.name} as ${response.headers.get("location")}.`);
            form.reset();
          } catch {
            say(place, "The gateway cannot be reached.", true);
          }
        });

        /* The chat: a bidirectional stream by WebSocket. */

        let socket = null;

        function log(message) {
          const line = document.createElement("p");
          line.textContent = `${message.userId}: ${message.message} `;
          const time = document.createElement("small");
          time.textContent = new Date(Number(message.timestamp) * 1000).toLocaleTimeString();
          line.append(time);
          byId("chat-log").append(line);
          line.scrollIntoView({ block: "nearest" });
        }

        function connect() {
          const place = byId("chat-status");
          const scheme = location.protocol === "https:" ? "wss" : "ws";
          const own = new WebSocket(`${scheme}://${location.host}/v1/chat`, "transom.v1.json");
          let failure = "no reason was given";
          socket = own;
          say(place, "Connecting…");
          own.addEventListener("open", () => {
            byId("chat-end").disabled = false;
            say(place, "Open.");
          });
          own.addEventListener("message", (event) => {
            const message = JSON.parse(event.data);
            if (message.error) failure = words(message.error);
            else log(message);
          });
          own.addEventListener("close", ({ code }) => {
            if (own !== socket) return;
            socket = null;
            byId("chat-end").disabled = true;
            byId("chat-send").disabled = false;
            const isGood = code === 1000;
            say(place, `Closed with code ${code}: ${isGood ? "a good end" : failure}.`, !isGood);
          });
        }

        byId("chat").addEventListener("submit", (event) => {
          event.preventDefault();
          const timestamp = String(Math.floor(Date.now() / 1000));
          const { message } = Object.fromEntries(new FormData(event.target));
          const text = JSON.stringify({ userId: "you", message, timestamp });
          if (!socket || socket.readyState > WebSocket.OPEN) connect();
          if (socket.readyState === WebSocket.OPEN) socket.send(text);
          else socket.addEventListener("open", ({ target }) => target.send(text));
          event.target.reset();
        });

        /* An empty text frame says that no more messages come; the backend then ends the call. */
        byId("chat-end").addEventListener("click", () => {
          byId("chat-end").disabled = true;
          byId("chat-send").disabled = true;
          say(byId("chat-status"), "No more messages; waiting for the end.");
          socket?.send("");
        });
        """#
}
