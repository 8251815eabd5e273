//! Real coding agents, with a fake model as their internet: from the prompt to the preview.

use std::time::Duration;

use sandboxd_tests::Internet;
use sandboxd_tests::model::FakeModel;
use serde_json::{Value, json};

use crate::site::{App, Site, text};

const KEY: &str = "sk-the-app-has-it";

struct Ground {
    site: Site,
    model: FakeModel,
    _internet: Internet,
}

impl Ground {
    async fn new(number: u8) -> Self {
        let internet = Internet::make(number).unwrap();
        let model = FakeModel::start(&internet).unwrap();
        Self { site: Site::new().await, model, _internet: internet }
    }

    /// An app whose agents have a key and know where the model is.
    async fn app(&self) -> App {
        let app = self.site.app().await;
        for (key, value) in
            [("ANTHROPIC_API_KEY", KEY), ("ANTHROPIC_BASE_URL", &*self.model.base_url)]
        {
            let path = format!("/v1/apps/{}/config", app.app);
            let entry = json!({ "key": key, "value": value, "sensitive": key == "ANTHROPIC_API_KEY", "access_policy": "agent_access" });
            let made = self.site.stack.client.post(&path, &entry).await.unwrap();
            assert!(made.status.is_success(), "{}", made.text());
        }
        app
    }
}

fn prompt(agent: &str, prompt: &str) -> Value {
    json!({ "prompt": prompt, "agent": agent })
}

async fn works(agent: &str, number: u8) {
    let ground = Ground::new(number).await;
    let (site, model) = (&ground.site, &ground.model);
    let app = ground.app().await;
    let asked = "write index.html: <h1>made by an agent</h1>";
    let task = site.ask(&app, &prompt(agent, asked)).await;
    let ended = site.ended(&task).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}\n{:#?}", site.output(&task).await);
    assert_eq!(ended["files_changed"], json!(["index.html"]), "{ended:#}");
    assert_eq!(ended["preview_status_after"], "ready", "{ended:#}");
    assert!(text(&ended, "agent_message_final").contains("index.html"), "{ended:#}");
    assert!(ended["usage"]["output_tokens"].as_i64().unwrap() > 0, "{ended:#}");
    let url = site.stack.preview_url(&app.sandbox).await.unwrap();
    let page = site.stack.client.preview(&url).await.unwrap().text();
    assert!(page.contains("made by an agent"), "{page}");
    let said = site.output(&task).await;
    for kind in ["status", "message", "tool", "done"] {
        assert!(said.iter().any(|piece| piece["type"] == kind), "no {kind} in {said:#?}");
    }
    assert_eq!(model.sent(asked), 1, "{:#?}", model.log);
    assert!(!json!(said).to_string().contains(KEY));

    // It goes on with the conversation.
    let again = "write more.txt: and more";
    let mut body = prompt(agent, again);
    body["continue_task_id"] = task["task_id"].clone();
    let second = site.ask(&app, &body).await;
    let ended = site.ended(&second).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    let requests = model.log.requests();
    let last = requests.last().unwrap();
    assert!(
        format!("{last:?}").contains("made by an agent"),
        "the model is shown what was before: {last:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn opencode_changes_the_app() {
    works("opencode", 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_code_changes_the_app() {
    works("claude-code", 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_is_sent_once_though_workers_are_killed() {
    let mut ground = Ground::new(6).await;
    let app = ground.app().await;
    let asked = "[slow 2s] [steps 3] write file.txt: slowly";
    let task = ground.site.ask(&app, &prompt("claude-code", asked)).await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        for worker in &mut ground.site.stack.workers {
            worker.kill().unwrap();
        }
        ground.site.stack.workers.clear();
        for _ in 0..2 {
            ground.site.stack.start_worker(&[]).unwrap();
        }
    }
    let ended = ground.site.ended(&task).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}\n{}", ground.site.stack.logs());
    assert_eq!(ground.model.sent(asked), 1, "{:#?}", ground.model.log);
    // Numbered without a gap, or `output` would have said so.
    assert_eq!(ground.site.output(&task).await.last().unwrap()["type"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_agents_need_is_told_before() {
    let ground = Ground::new(7).await;
    let (site, app) = (&ground.site, ground.app().await);
    let path = format!("/v1/agents?app_id={}", app.app);
    let agents = site.stack.client.get(&path).await.unwrap().json();
    let find = |name: &str| {
        agents["agents"]
            .as_array()
            .unwrap()
            .iter()
            .find(|agent| agent["agent"] == name)
            .cloned()
            .unwrap()
    };
    assert_eq!(
        (&find("opencode")["installed"], &find("opencode")["ready"]),
        (&json!(true), &json!(true)),
        "{agents:#}"
    );
    assert_eq!(find("command")["ready"], true);
    let gemini = find("gemini");
    assert_eq!(
        (&gemini["installed"], &gemini["ready"]),
        (&json!(false), &json!(false)),
        "{gemini:#}"
    );
    assert_eq!(gemini["missing"].as_array().unwrap().len(), 2, "{gemini:#}");
}
