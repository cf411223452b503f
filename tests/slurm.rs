//! The README's array job on a real Slurm of one node: a task is killed and queued again, and every recording is
//! complete in the end. The shards themselves are in `batch`.

use std::fs;
use std::path::Path;

use crate::support::check::assert_contract;
use crate::support::generate;
use crate::support::markdown::Document;
use crate::support::ports::{free_address, port_of};
use crate::support::recording::Recording;
use crate::support::run::{Program, Running, Workspace, program, wait_until};
use crate::support::skip;

const CLIPS: usize = 40;

/// A cluster of this machine alone. Its programs end with it.
struct Cluster {
    dir: tempfile::TempDir,
    daemons: Vec<Running>,
}

impl Cluster {
    fn start() -> Self {
        // Sockets have short names, which the target folder's need not be.
        let dir = tempfile::Builder::new().prefix("slurm").tempdir_in("/tmp").expect("a folder");
        let mut cluster = Self { dir, daemons: Vec::new() };
        for folder in ["state", "spool", "log"] {
            fs::create_dir(cluster.path(folder)).expect("a folder");
        }
        let key: Vec<u8> =
            (0..1024_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        fs::write(cluster.path("munge.key"), key).expect("a key");
        program("chmod").arg("400").arg(cluster.path("munge.key")).run().expect(0);
        fs::write(cluster.path("slurm.conf"), cluster.configuration()).expect("a configuration");

        let own = |name: &str| cluster.path(name).display().to_string();
        let munged = program("munged").words("--foreground --force").args([
            format!("--key-file={}", own("munge.key")),
            format!("--socket={}", own("munge.socket")),
            format!("--pid-file={}", own("munged.pid")),
            format!("--log-file={}", own("log/munged")),
            format!("--seed-file={}", own("munge.seed")),
        ]);
        cluster.daemons.push(munged.start());
        wait_until("munged listens", || cluster.path("munge.socket").exists());
        cluster.daemons.push(cluster.command("slurmctld").words("-D -i").start());
        cluster.daemons.push(cluster.command("slurmd").arg("-D").start());
        wait_until("the node is idle", || {
            let state = cluster.command("sinfo").words("-h -o %T").run();
            String::from_utf8_lossy(&state.stdout).trim() == "idle"
        });
        cluster
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, name: &str) -> Program {
        program(name).env("SLURM_CONF", self.path("slurm.conf"))
    }

    fn configuration(&self) -> String {
        // A task that is queued again begins when its old credential has expired, after two minutes by default.
        let host = program("hostname").arg("-s").run().expect(0).stdout;
        let host = String::from_utf8_lossy(&host).trim().to_owned();
        let (controller, node) = (free_address(), free_address());
        let home = self.dir.path().display();
        format!(
            "ClusterName=test\nSlurmctldHost={host}(127.0.0.1)\nSlurmUser=root\nSlurmdUser=root\n\
             AuthType=auth/munge\nCryptoType=crypto/munge\nAuthInfo=socket={home}/munge.socket,cred_expire=20\n\
             StateSaveLocation={home}/state\nSlurmdSpoolDir={home}/spool\n\
             SlurmctldPidFile={home}/slurmctld.pid\nSlurmdPidFile={home}/slurmd.pid\n\
             SlurmctldLogFile={home}/log/slurmctld\nSlurmdLogFile={home}/log/slurmd\n\
             SlurmctldPort={}\nSlurmdPort={}\n\
             ProctrackType=proctrack/pgid\nTaskPlugin=task/none\nSelectType=select/cons_tres\n\
             SelectTypeParameters=CR_Core\nJobAcctGatherType=jobacct_gather/none\nMpiDefault=none\n\
             ReturnToService=2\nKillWait=30\nJobRequeue=1\n\
             NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\n\
             PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP\n",
            port_of(&controller),
            port_of(&node),
        )
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for daemon in self.daemons.iter().rev() {
            daemon.signal("TERM");
        }
    }
}

/// Forty short clips, and among them one that takes long enough to be killed in the middle.
fn clips(folder: &Path) {
    let short = generate::video("small.mkv", "{v} -c:v libx264 -bf 2");
    let long = generate::video(
        "minute.mkv",
        "-f lavfi -i testsrc2=size=640x480:rate=30:duration=60 -c:v libx264 -preset ultrafast",
    );
    fs::create_dir(folder).expect("a folder");
    for n in 0..CLIPS - 1 {
        fs::copy(&short, folder.join(format!("{n:02}.mkv"))).expect("a copy");
    }
    fs::copy(&long, folder.join("long.mkv")).expect("a copy");
}

#[test]
fn a_killed_and_requeued_task_leaves_every_recording_complete() {
    let there = ["slurmctld", "slurmd", "munged"].iter().all(|name| {
        let found = program("sh").args(["-c", &format!("command -v {name}")]).run().code == Some(0);
        found || skip::missing(&format!("no `{name}` on PATH"))
    });
    if !there || !skip::have(&["ffmpeg"]) {
        return;
    }
    let is_root = program("id").arg("-u").run().stdout == b"0\n";
    if !is_root {
        skip::skip("Slurm's daemons are started by root only");
        return;
    }
    let workspace = Workspace::new();
    clips(&workspace.path("videos"));
    let cluster = Cluster::start();

    // As the README has it, with fewer shares.
    let readme = Document::readme();
    let script = readme.with("sbatch").replace("0-99", "0-7").replace("/100", "/8");
    let path = Path::new(env!("CARGO_BIN_EXE_vstream")).parent().expect("a folder").display();
    let script = script.replace("sbatch ", "sbatch --parsable ");
    let submitted = cluster
        .command("bash")
        .args(["-c", &format!("PATH={path}:$PATH; {script}")])
        .current_dir(workspace.dir())
        .run()
        .expect(0);
    let job = String::from_utf8_lossy(&submitted.stdout).trim().to_owned();

    // The largest file is in the first share.
    let part = workspace.path("out/long.rrd.part");
    wait_until("the long clip is under way", || {
        Recording::samples_so_far(&part).iter().any(|&samples| samples > 0)
    });
    cluster.command("scontrol").args(["requeue", &format!("{job}_0")]).run().expect(0);
    wait_until("every task has ended", || {
        let left = cluster.command("squeue").args(["-h", "-j", &job]).run();
        left.stdout.is_empty()
    });

    let shown = cluster.command("scontrol").args(["show", "job", &format!("{job}_0")]).run();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("Restarts=1") && shown.contains("JobState=COMPLETED"), "{shown}");
    for n in 0..CLIPS - 1 {
        let recording = Recording::open(&workspace.path(format!("out/{n:02}.rrd")));
        assert_contract(&recording);
        assert_eq!(recording.only_video().samples.len(), 40, "{n}");
    }
    let long = Recording::open(&workspace.path("out/long.rrd"));
    assert_contract(&long);
    assert_eq!(long.only_video().samples.len(), 1800);
}
