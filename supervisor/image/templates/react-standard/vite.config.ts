import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The preview comes under a host name of its own, through a proxy: hence every address, the one
// port that the sandbox was given, and any Host header.
export default defineConfig({
  plugins: [react()],
  server: {
    host: "0.0.0.0",
    port: Number(process.env.PORT ?? 3000),
    strictPort: true,
    allowedHosts: true,
  },
});
