extension Page {
    static let style = """
        :root {
          color-scheme: light dark;
          --paper: #f4f2ee;
          --sheet: #ffffff;
          --ink: #1c1e21;
          --faint: #5d6168;
          --line: #dcd8d0;
          --accent: #0b5f6b;
          --on-accent: #ffffff;
          --bad: #a3201b;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #16181c;
            --sheet: #1f2228;
            --ink: #e9e7e2;
            --faint: #a3a7ae;
            --line: #353941;
            --accent: #6ed0dd;
            --on-accent: #10262a;
            --bad: #ff9d96;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto;
          max-width: 72rem;
          padding: 1.5rem;
          background: var(--paper);
          color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif;
        }
        header { margin-bottom: 1.5rem; }
        h1 { margin: 0; color: var(--accent); font-size: 2rem; letter-spacing: -0.02em; }
        h2 { margin: 0; font-size: 1.15rem; }
        p { margin: 0; }
        main {
          display: grid;
          gap: 1.5rem;
          align-items: start;
        }
        @media (min-width: 54rem) { main { grid-template-columns: 4fr 3fr; } }
        .column { display: grid; gap: 1.5rem; min-width: 0; }
        section {
          display: grid;
          gap: 0.75rem;
          min-width: 0;
          padding: 1.25rem;
          background: var(--sheet);
          border: 1px solid var(--line);
          border-radius: 0.75rem;
        }
        code { font: 0.9em ui-monospace, monospace; color: var(--accent); }
        .route, [role="status"], header p { color: var(--faint); font-size: 0.9rem; }
        [role="status"] { min-height: 1.5em; overflow-wrap: anywhere; }
        [role="status"].bad { color: var(--bad); font-weight: 600; }
        .bar { display: flex; gap: 1rem; justify-content: space-between; align-items: center; }
        .scroll { overflow: auto; border: 1px solid var(--line); border-radius: 0.5rem; }
        .tall { max-height: 34rem; }
        [role="log"] { height: 12rem; padding: 0.5rem 0.75rem; overflow-wrap: anywhere; }
        small { color: var(--faint); }
        table { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
        th, td { padding: 0.35rem 0.6rem; text-align: left; white-space: nowrap; }
        th { position: sticky; top: 0; background: var(--sheet); }
        td {
          max-width: 14rem;
          overflow: hidden;
          text-overflow: ellipsis;
          border-top: 1px solid var(--line);
        }
        tr.new td { color: var(--accent); font-weight: 600; }
        form { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: end; }
        label { display: grid; flex: 1 1 9rem; font-size: 0.9rem; }
        input, button { font: inherit; padding: 0.45rem 0.75rem; border-radius: 0.5rem; }
        input {
          width: 100%;
          background: var(--paper);
          color: inherit;
          border: 1px solid var(--faint);
        }
        button {
          background: var(--accent);
          color: var(--on-accent);
          border: 1px solid transparent;
          cursor: pointer;
        }
        button[type="button"] {
          background: none;
          color: var(--accent);
          border-color: currentcolor;
        }
        button:disabled { opacity: 0.5; cursor: default; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        """
}
