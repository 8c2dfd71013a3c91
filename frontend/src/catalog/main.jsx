// The catalog: templates to look through.

import { createRoot } from "react-dom/client";

createRoot(document.getElementById("root")).render(<main>The catalog.</main>);
