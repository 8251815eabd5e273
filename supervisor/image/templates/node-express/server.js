import express from "express";

const app = express();
app.use(express.json());

app.get("/", (_request, response) => {
  response.send("<!doctype html><title>App</title><h1>It runs</h1><p>Edit <code>server.js</code>.");
});

const port = Number(process.env.PORT ?? 3000);
app.listen(port, "0.0.0.0", () => console.log(`Listening on port ${port}`));
