//! One suite for every container runtime: the fake always, Docker when `SANDBOXD_TEST_DOCKER`
//! names an engine's socket (`scripts/test` starts an engine and sets it).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod cases;
mod dead_engine;
mod docker_lab;
mod docker_only;
mod fake_lab;
mod fake_only;
mod image;
mod lab;

use std::panic::resume_unwind;

use lab::Lab;

/// Runs one case and cleans up after it, failed or not.
async fn run<L, F, Fut>(lab: L, case: F)
where
    L: Lab + Clone + 'static,
    F: FnOnce(L) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let outcome = tokio::spawn(case(lab.clone())).await;
    lab.clean_up().await;
    if let Err(error) = outcome {
        resume_unwind(error.into_panic());
    }
}

/// Each case once for each runtime.
macro_rules! suite {
    ($($group:ident :: $case:ident),* $(,)?) => {
        mod fake {
            $(
                #[tokio::test]
                async fn $case() {
                    super::run(super::fake_lab::FakeLab::new(), super::cases::$group::$case).await;
                }
            )*
        }

        mod docker {
            $(
                #[tokio::test]
                async fn $case() {
                    if let Some(lab) = super::docker_lab::DockerLab::connect().await {
                        super::run(lab, super::cases::$group::$case).await;
                    }
                }
            )*
        }
    };
}

suite! {
    engine::ping_tells_a_version,
    engine::the_network_is_made_once,
    engine::an_image_is_found_or_not,
    create::creating_twice_makes_one,
    create::another_generation_is_stale,
    create::another_spec_is_stale,
    create::another_operation_is_not_stale,
    create::concurrent_creates_make_one,
    create::a_missing_image_is_named,
    create::a_missing_volume_is_not_made_up,
    create::a_foreign_container_is_left_alone,
    create::a_senseless_spec_is_refused,
    lifecycle::a_container_lives_and_goes,
    lifecycle::starting_twice_is_one_start,
    lifecycle::a_stopped_container_starts_again,
    lifecycle::absent_is_fine_to_stop_and_remove_only,
    lifecycle::the_grace_ends_with_a_kill,
    lifecycle::an_exit_code_is_kept,
    lifecycle::out_of_memory_is_told,
    lifecycle::freezing_is_idempotent,
    lifecycle::only_what_runs_is_frozen,
    lifecycle::a_paused_container_can_be_stopped,
    lifecycle::a_paused_container_can_be_removed,
    lifecycle::concurrent_removals_all_succeed,
    lifecycle::addresses_differ_and_go_with_the_container,
    lifecycle::a_list_has_ours_only,
    volumes::a_volume_is_made_once,
    volumes::other_options_are_a_mismatch,
    volumes::another_owner_is_a_mismatch,
    volumes::a_volume_in_use_stays,
    volumes::removing_a_container_keeps_its_volume,
    exec::a_command_has_code_and_output,
    exec::output_is_bounded,
    exec::a_slow_command_times_out,
    exec::only_a_running_container_executes,
    exec::run_once_leaves_nothing,
    exec::run_once_times_out_and_leaves_nothing,
    exec::run_once_needs_its_image_and_volume,
    events::a_life_is_seen,
    events::freezing_is_seen,
    events::out_of_memory_is_seen,
    events::a_child_without_memory_is_seen_and_the_container_goes_on,
    events::a_removal_behind_our_back_is_seen,
    events::foreign_containers_are_not_seen,
}
