/// The sample's web page: one HTML text that loads nothing else.
///
/// It lists users by EventSource, creates them by fetch and chats by WebSocket, each on the routes
/// of `routes/user.yaml`. What comes from the server is shown as text, never as HTML.
enum Page {
    static let text = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Transom: the sample</title>
        <link rel="icon" href="data:,">
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        \(Self.markup)
        <script type="module">
        \(Self.script)
        </script>
        </body>
        </html>

        """

    private static let markup = """
        <header>
          <h1>Transom</h1>
          <p>Three ways for a browser to call one gRPC backend, through one gateway.</p>
        </header>
        <main>
          <section aria-labelledby="users-title">
            <h2 id="users-title">Users</h2>
            <p class="route"><code>GET /v1/users</code> a server stream, read by EventSource</p>
            <div class="bar">
              <p id="users-status" role="status">This page needs JavaScript.</p>
              <button id="users-again" type="button">Load again</button>
            </div>
            <div class="scroll tall" tabindex="0" role="region" aria-labelledby="users-title">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Id</th>
                    <th scope="col">Name</th>
                    <th scope="col">Mail</th>
                    <th scope="col">Created</th>
                  </tr>
                </thead>
                <tbody id="users"></tbody>
              </table>
            </div>
          </section>
          <div class="column">
            <section aria-labelledby="create-title">
              <h2 id="create-title">New user</h2>
              <p class="route"><code>POST /v1/users</code> a unary call, sent by fetch</p>
              <form id="create">
                <label>Name <input name="name" autocomplete="off" required></label>
                <label>Mail <input name="email" autocomplete="off" type="email"></label>
                <button>Create</button>
              </form>
              <p id="create-status" role="status"></p>
            </section>
            <section aria-labelledby="chat-title">
              <h2 id="chat-title">Chat</h2>
              <p class="route"><code>/v1/chat</code> a bidirectional stream, by WebSocket;
                the backend sends back what it gets</p>
              <div id="chat-log" class="scroll" role="log" tabindex="0"
                aria-labelledby="chat-title"></div>
              <form id="chat">
                <label>Message <input name="message" autocomplete="off" required></label>
                <button id="chat-send">Send</button>
                <button id="chat-end" type="button" disabled>End</button>
              </form>
              <p id="chat-status" role="status">The first message opens the WebSocket.</p>
            </section>
          </div>
        </main>
        """
}
