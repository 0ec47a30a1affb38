//! B10, the code on the screen: from the platform's address to the path that the page draws, beside five
//! milliseconds and beside libqrencode, and read back by an independent reader.

use std::path::Path;
use std::process::{Command, Stdio};

use suanpan_till::qr;

use crate::bench::Bench;
use crate::bench::clock::Watch;
use crate::bench::problem::{BenchError, same};
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Ratio, Round, Rounds, Samples, quotient};
use crate::sim::rng::Rng;

const ROUNDS: usize = 7;
const CODES_FULL: usize = 300;
const CODES_SMOKE: usize = 5;
/// What the counter may wait for a code to be drawn.
const BOUND_NS: u64 = 5_000_000;
/// Length of an address as WeChat Pay gives it out.
const ADDRESS_CHARS: usize = 61;
const HEAD: &str = "weixin://wxpay/bizpayurl/up?pr=";
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Dots of a module in the picture that is read back, and modules of white around it.
const DOTS: u32 = 8;
const QUIET: u32 = 4;

/// Draws the texts it is given with libqrencode, error correction M, and says how long each took.
const LIBQRENCODE: &str = "
import ctypes, ctypes.util, sys, time
name = ctypes.util.find_library('qrencode')
if name is None: sys.exit(3)
lib = ctypes.CDLL(name)
lib.QRcode_encodeString.restype = ctypes.c_void_p
lib.QRcode_encodeString.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int]
lib.QRcode_free.argtypes = [ctypes.c_void_p]
for line in sys.stdin:
    text = line.strip().encode()
    began = time.perf_counter_ns()
    code = lib.QRcode_encodeString(text, 0, 1, 2, 1)
    took = time.perf_counter_ns() - began
    if not code: sys.exit(4)
    lib.QRcode_free(code)
    print(took)
";

/// Measures the row.
///
/// # Errors
/// When a code cannot be drawn, or is read back as something else.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let count = bench.scale.choose(CODES_FULL, CODES_SMOKE);
    let mut chance = Rng::new(10);
    let (mut rounds, mut peers) = (Rounds::default(), Vec::new());
    let mut peer = Samples::default();
    let mut no_peer = None;
    for _ in 0..ROUNDS {
        let texts: Vec<String> = (0..count).map(|_| address(&mut chance)).collect();
        let round = draw_all(&texts)?;
        match libqrencode(&texts)? {
            Ok(theirs) => {
                peers.push(quotient(round.product.p50(), theirs.p50()));
                peer.extend(&theirs);
            }
            Err(why) => no_peer = Some(why),
        }
        rounds.push(round);
    }
    let folder = bench.folder_for("b10")?;
    let texts: Vec<String> = (0..count).map(|_| address(&mut chance)).collect();
    read_back(folder.path(), &texts)?;
    Ok(told(&rounds, peers, &peer, no_peer, count))
}

/// An address like one of WeChat Pay's, never the same twice.
fn address(chance: &mut Rng) -> String {
    let letters = u64::try_from(LETTERS.len()).unwrap_or(1);
    let mut text = HEAD.to_owned();
    while text.len() < ADDRESS_CHARS {
        let at = usize::try_from(chance.below(letters)).unwrap_or(0);
        text.push(char::from(LETTERS[at]));
    }
    text
}

fn drawn(text: &str) -> Result<qr::Drawing, BenchError> {
    qr::draw(text).ok_or_else(|| BenchError::Wrong(format!("{text} is not drawn")))
}

fn draw_all(texts: &[String]) -> Result<Round, BenchError> {
    let mut round = Round::default();
    for text in texts {
        let watch = Watch::start();
        let path = drawn(text)?.svg_path();
        round.product.push(watch.ns());
        same("an empty path", &path.is_empty(), &false)?;
    }
    Ok(round)
}

fn libqrencode(texts: &[String]) -> Result<Result<Samples, String>, BenchError> {
    use std::io::Write;
    let child = Command::new("python3")
        .args(["-c", LIBQRENCODE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return Ok(Err("this machine has no Python".to_owned()));
    };
    if let Some(mut input) = child.stdin.take() {
        // A peer that is not there reads nothing and says so by its end.
        let _gone = input.write_all(texts.join("\n").as_bytes());
    }
    let output = child.wait_with_output()?;
    let mut samples = Samples::default();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        samples.push(line.trim().parse().unwrap_or(0));
    }
    if !output.status.success() || samples.is_empty() {
        return Ok(Err("this machine has no libqrencode".to_owned()));
    }
    same("codes drawn by libqrencode", &samples.len(), &texts.len())?;
    Ok(Ok(samples))
}

/// Each code as a picture, all read by one call of zbarimg, which says the file beside the text.
fn read_back(folder: &Path, texts: &[String]) -> Result<(), BenchError> {
    for (number, text) in texts.iter().enumerate() {
        let drawing = drawn(text)?;
        picture(drawing.modules, &drawing.svg_path())?
            .save(folder.join(format!("{number:05}.png")))
            .map_err(|error| BenchError::product("picture of a code", error))?;
    }
    let files = (0..texts.len()).map(|number| folder.join(format!("{number:05}.png")));
    let output = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .args(files)
        .output()?;
    let read = String::from_utf8_lossy(&output.stdout);
    let read: Vec<&str> = read.lines().collect();
    let wanted: Vec<&str> = texts.iter().map(String::as_str).collect();
    same("codes read back", &read, &wanted)
}

/// What the page paints: the path itself, on white.
fn picture(modules: u16, path: &str) -> Result<image::GrayImage, BenchError> {
    let side = (u32::from(modules) + 2 * QUIET) * DOTS;
    let mut picture = image::GrayImage::from_pixel(side, side, image::Luma([255]));
    for part in path.split_terminator('z') {
        let (x, y, run) =
            run_of(part).ok_or_else(|| BenchError::Wrong(format!("{part} is no run of black")))?;
        let inside = y < u32::from(modules) && x + run <= u32::from(modules);
        same("a run inside the code", &inside, &true)?;
        for dot_x in 0..run * DOTS {
            for dot_y in 0..DOTS {
                let (left, top) = ((x + QUIET) * DOTS, (y + QUIET) * DOTS);
                picture.put_pixel(left + dot_x, top + dot_y, image::Luma([0]));
            }
        }
    }
    Ok(picture)
}

/// `Mx yhRUNv1h-RUN`: where a flat box begins and how wide it is, in modules.
fn run_of(part: &str) -> Option<(u32, u32, u32)> {
    let (x, rest) = part.strip_prefix('M')?.split_once(' ')?;
    let (y, rest) = rest.split_once('h')?;
    let (run, back) = rest.split_once("v1h-")?;
    let run = (run == back).then(|| run.parse().ok())??;
    Some((x.parse().ok()?, y.parse().ok()?, run))
}

fn told(rounds: &Rounds, peers: Vec<f64>, peer: &Samples, no_peer: Option<String>, count: usize) -> Section {
    let mut section = Section::new(
        "B10",
        format!("The code on the screen, {ADDRESS_CHARS} characters"),
    );
    section.line(Line::new(
        "address to the page's path, p99",
        "5 ms",
        Target::AtMost(1.0),
        rounds.ratio_of(|round| (round.product.p99(), BOUND_NS)),
    ));
    let what = "the same, p50";
    let beside = "libqrencode, the modules alone";
    section.line(match no_peer {
        None => Line::new(what, beside, Target::Told, Ratio::of(peers)),
        Some(why) => Line::skipped(what, beside, Target::Told, &why),
    });
    section.note(format!(
        "{count} other codes were painted from the path as the page paints it; zbarimg read every one of them back."
    ));
    section.time("till, address to path", &rounds.product());
    if !peer.is_empty() {
        section.time("libqrencode", peer);
    }
    section
}
