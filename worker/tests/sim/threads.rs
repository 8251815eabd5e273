//! The other threads of a life (SQLite's, one for each connection, and those of the blocking pool)
//! run only while the simulated thread waits for them, one at a time, until each sleeps again. Nothing
//! hangs on how the host happens to run them: an answer is never there before the one who asked has
//! begun to wait for it, and when it is there, it is all there.
//!
//! For that two functions of the C library are replaced, by which the standard library puts threads
//! to sleep, wakes them and begins them. What the simulated thread wants to wake or to begin is only
//! noted, until it has nothing else to do ([`let_go`]) or sleeps itself.

#![expect(unsafe_code, reason = "it takes the place of C functions")]

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_int, c_long, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long others may be at work on the host's own clock.
const LIMIT: Duration = Duration::from_secs(20);

/// How many other threads are at work.
static AWAKE: AtomicUsize = AtomicUsize::new(0);

/// What the other threads sleep on; nothing while they are at work. The first ones are taken first.
static SLEEPERS: [Sleeper; 128] = [const { Sleeper::new() }; 128];
/// Those behind have never been taken.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

struct Sleeper {
    taken: AtomicBool,
    /// Of what it sleeps on, as it believes.
    address: AtomicUsize,
    /// What it really sleeps on, until it is one.
    woken: AtomicU32,
}

impl Sleeper {
    const fn new() -> Self {
        Self {
            taken: AtomicBool::new(false),
            address: AtomicUsize::new(0),
            woken: AtomicU32::new(0),
        }
    }

    /// Ends its sleep on this address; says whether it did sleep there.
    fn rouse(&self, address: usize) -> bool {
        let order = Ordering::SeqCst;
        let woken = self.address.compare_exchange(address, 0, order, order).is_ok();
        if woken {
            AWAKE.fetch_add(1, order);
        }
        woken
    }

    /// Does what futex(2) does for who waits; but if the value changes there, it is no reason to wake
    /// up before the one who has changed it lets this thread go.
    fn sleep(&self, arguments: [c_long; 7]) -> c_long {
        let [call, address, operation, expected, ..] = arguments;
        let address = address.cast_unsigned() as usize;
        // SAFETY: who waits has a number there.
        let value = unsafe { AtomicU32::from_ptr(address as *mut u32) }.load(Ordering::SeqCst);
        if value != expected as u32 {
            return system_call(arguments);
        }
        self.woken.store(0, Ordering::SeqCst);
        self.address.store(address, Ordering::SeqCst);
        AWAKE.fetch_sub(1, Ordering::SeqCst);
        loop {
            let own = as_long(self.woken.as_ptr() as usize);
            let [.., timeout, e, f] = arguments;
            let answer = system_call([call, own, operation, 0, timeout, e, f]);
            if self.woken.load(Ordering::SeqCst) == 1 {
                return 0;
            }
            let why = std::io::Error::last_os_error().raw_os_error();
            if answer < 0 && why == Some(libc::ETIMEDOUT) && self.rouse(address) {
                return answer;
            }
        }
    }
}

/// What a thread is in a life.
#[derive(Clone, Copy)]
enum Part {
    /// Of no concern.
    None,
    /// The one that is simulated.
    Own,
    Other(&'static Sleeper),
}

/// What the simulated thread has not done yet.
enum Noted {
    Wake([c_long; 7]),
    Begin(&'static Beginning),
}

type Routine = extern "C" fn(*mut c_void) -> *mut c_void;

/// A thread that is to begin.
struct Beginning {
    routine: Routine,
    argument: usize,
    begun: AtomicU32,
}

thread_local! {
    static PART: Cell<Part> = const { Cell::new(Part::None) };
    static NOTED: RefCell<Vec<Noted>> = const { RefCell::new(Vec::new()) };
}

/// From now on this thread is the simulated one.
pub(crate) fn simulate_this_thread() {
    PART.set(Part::Own);
}

/// From now on it isn't any more.
pub(crate) fn leave() {
    let_go();
    PART.set(Part::None);
}

/// Lets the others do what they were asked for, one after the other, each until it sleeps.
pub(crate) fn let_go() {
    // What they do may not be added to meanwhile: they note nothing.
    for noted in NOTED.take() {
        match noted {
            Noted::Wake(arguments) => {
                wake(arguments);
            }
            Noted::Begin(beginning) => {
                AWAKE.fetch_add(1, Ordering::SeqCst);
                beginning.begun.store(1, Ordering::SeqCst);
                wake_one(&beginning.begun);
            }
        }
        wait_for_sleep();
    }
}

fn wait_for_sleep() {
    let mut since = None;
    for turn in 0_u64.. {
        if AWAKE.load(Ordering::SeqCst) == 0 {
            return;
        }
        // A look at the clock is not for each turn.
        if turn % 1024 == 1023 {
            let since: &mut Instant = since.get_or_insert_with(Instant::now);
            assert!(since.elapsed() < LIMIT, "a thread does not come to rest");
        }
        std::thread::yield_now();
    }
}

/// Wakes who sleeps on an address; from here on they are at work, and not only when they run.
fn wake(arguments: [c_long; 7]) -> c_long {
    let [call, address, operation, count, rest @ ..] = arguments;
    let mut left = count;
    for sleeper in &SLEEPERS[..TAKEN.load(Ordering::SeqCst)] {
        if left > 0 && sleeper.rouse(address.cast_unsigned() as usize) {
            left -= 1;
            sleeper.woken.store(1, Ordering::SeqCst);
            wake_one(&sleeper.woken);
        }
    }
    if left == 0 {
        return count;
    }
    let [d, e, f] = rest;
    count - left + system_call([call, address, operation, left, d, e, f])
}

fn wake_one(value: &AtomicU32) {
    let wake = c_long::from(libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG);
    system_call([libc::SYS_futex, as_long(value.as_ptr() as usize), wake, 1, 0, 0, 0]);
}

fn as_long(address: usize) -> c_long {
    address.cast_signed() as c_long
}

/// The C library's own function of a name that is taken here. Not kept by anything that may wait.
fn original(kept: &AtomicUsize, name: &CStr) -> usize {
    let found = kept.load(Ordering::SeqCst);
    if found != 0 {
        return found;
    }
    // SAFETY: the name ends with a zero.
    let found = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) } as usize;
    assert!(found != 0, "the C library has no {name:?}");
    kept.store(found, Ordering::SeqCst);
    found
}

fn system_call(arguments: [c_long; 7]) -> c_long {
    type Call = unsafe extern "C" fn(c_long, ...) -> c_long;
    static ORIGINAL: AtomicUsize = AtomicUsize::new(0);
    let [number, a, b, c, d, e, f] = arguments;
    // SAFETY: this is the function's type, and the arguments are the caller's.
    unsafe {
        let call: Call = std::mem::transmute(original(&ORIGINAL, c"syscall"));
        call(number, a, b, c, d, e, f)
    }
}

/// Takes the place of syscall(2), which the standard library has for futexes.
// SAFETY: a caller that gives fewer arguments leaves the others undefined, and so does what it calls.
#[unsafe(no_mangle)]
extern "C" fn syscall(
    number: c_long,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    let arguments = [number, a, b, c, d, e, f];
    if number != libc::SYS_futex {
        return system_call(arguments);
    }
    let command = b & c_long::from(libc::FUTEX_CMD_MASK);
    let waits = [libc::FUTEX_WAIT, libc::FUTEX_WAIT_BITSET].map(c_long::from).contains(&command);
    let wakes = command == c_long::from(libc::FUTEX_WAKE);
    match PART.get() {
        Part::Own if waits => {
            let_go();
            system_call(arguments)
        }
        Part::Own if wakes => {
            NOTED.with_borrow_mut(|all| all.push(Noted::Wake(arguments)));
            1
        }
        Part::Other(sleeper) if waits => sleeper.sleep(arguments),
        Part::Other(_) if wakes => wake(arguments),
        _ => system_call(arguments),
    }
}

/// Takes the place of `pthread_create(3)`.
// SAFETY: it has the signature and the contract of the function that it replaces.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_create(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    routine: Routine,
    argument: *mut c_void,
) -> c_int {
    type Create = unsafe extern "C" fn(
        *mut libc::pthread_t,
        *const libc::pthread_attr_t,
        Routine,
        *mut c_void,
    ) -> c_int;
    static ORIGINAL: AtomicUsize = AtomicUsize::new(0);
    // SAFETY: this is the function's type.
    let create: Create = unsafe { std::mem::transmute(original(&ORIGINAL, c"pthread_create")) };
    if !matches!(PART.get(), Part::Own) {
        // SAFETY: the arguments are the caller's.
        return unsafe { create(thread, attributes, routine, argument) };
    }
    let beginning: &'static Beginning = Box::leak(Box::new(Beginning {
        routine,
        argument: argument as usize,
        begun: AtomicU32::new(0),
    }));
    let own = std::ptr::from_ref(beginning).cast_mut().cast();
    // SAFETY: the same, but for the routine, which lives on and takes what it is given.
    let created = unsafe { create(thread, attributes, begin, own) };
    if created == 0 {
        NOTED.with_borrow_mut(|all| all.push(Noted::Begin(beginning)));
    }
    created
}

extern "C" fn begin(beginning: *mut c_void) -> *mut c_void {
    // SAFETY: it is what `pthread_create` has leaked.
    let beginning: &'static Beginning = unsafe { &*beginning.cast_const().cast() };
    while beginning.begun.load(Ordering::SeqCst) == 0 {
        let address = as_long(beginning.begun.as_ptr() as usize);
        let wait = c_long::from(libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG);
        system_call([libc::SYS_futex, address, wait, 0, 0, 0, 0]);
    }
    let free = |sleeper: &Sleeper| !sleeper.taken.swap(true, Ordering::SeqCst);
    let place = SLEEPERS.iter().position(free).expect("a life has few threads");
    TAKEN.fetch_max(place + 1, Ordering::SeqCst);
    let sleeper = &SLEEPERS[place];
    PART.set(Part::Other(sleeper));
    let ended = (beginning.routine)(beginning.argument as *mut c_void);
    PART.set(Part::None);
    sleeper.taken.store(false, Ordering::SeqCst);
    AWAKE.fetch_sub(1, Ordering::SeqCst);
    ended
}

pub(crate) fn others_run_only_when_they_are_let() {
    let simulated = std::thread::spawn(|| {
        simulate_this_thread();
        let steps = Arc::new(AtomicUsize::new(0));
        let counting = Arc::clone(&steps);
        let other = std::thread::spawn(move || {
            while counting.fetch_add(1, Ordering::SeqCst) < 2 {
                std::thread::park();
            }
        });
        let come_to = |count: usize| {
            // Time enough for it, if it could.
            (0..1_000).for_each(|_| std::thread::yield_now());
            assert_eq!(steps.load(Ordering::SeqCst), count - 1, "it ran by itself");
            let_go();
            assert_eq!(steps.load(Ordering::SeqCst), count, "it did not run");
        };
        come_to(1);
        other.thread().unpark();
        come_to(2);
        other.thread().unpark();
        come_to(3);
        other.join().unwrap();
        leave();
    });
    simulated.join().unwrap();
}
