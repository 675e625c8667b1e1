"""Takes from this process what a parser of hostile content does not need: files, network, programs, new processes.

Limits by setrlimit(2); landlock(7) with a ruleset that allows nothing; a seccomp(2) allow-list. None can be undone.
Works as root and as anybody. A kernel without landlock or seccomp is `Unsound`, unless that is explicitly accepted.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct

from gateway.errors import Unsound

try:
    import pyseccomp
except (ImportError, OSError, RuntimeError):  # libseccomp.so.2 is missing: reported by describe_kernel
    pyseccomp = None

LIBC = ctypes.CDLL(None, use_errno=True)
LANDLOCK_CREATE, LANDLOCK_RESTRICT = 444, 446  # the same number on every architecture since Linux 5.13
PR_SET_PDEATHSIG, PR_GET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 21, 38
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many rights over files each landlock ABI knows; 16 from ABI 5 on
NETWORK_FROM, SCOPE_FROM = 4, 6  # the ABI that can refuse TCP, and the one that can refuse signals outwards
CLONE_THREAD = 0x10000
AT_EMPTY_PATH = 0x1000
DESCRIPTORS = 32
OWN_DESCRIPTORS = 4  # 0 to 2 lead nowhere, 3 is the wire
_ALLOWED = """
    read write readv writev pread64 lseek close fstat mmap munmap mremap mprotect madvise brk
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall futex sched_yield sched_getaffinity membarrier
    getrandom clock_gettime clock_getres clock_nanosleep gettimeofday time nanosleep times getrusage sysinfo uname
    exit exit_group getpid gettid poll ppoll select pselect6 dup fcntl ioctl sendto recvfrom rseq set_robust_list
"""
ALLOWED = tuple(_ALLOWED.split())


def landlock_abi() -> int:
    """Return the version of landlock that the kernel offers; 0 for none."""
    return max(0, int(LIBC.syscall(LANDLOCK_CREATE, None, 0, 1)))


def describe_kernel() -> dict[str, bool]:
    """Say which of the walls that the gateway wants this machine can build: `landlock`, `seccomp`."""
    return {
        "landlock": landlock_abi() > 0,
        "seccomp": pyseccomp is not None and LIBC.prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0,
    }


def require_walls(*, allow_degraded: bool) -> None:
    """Raise `Unsound` where landlock or seccomp is missing and that was not accepted."""
    missing = [name for name, is_there in describe_kernel().items() if not is_there]
    if missing and not allow_degraded:
        raise Unsound(
            f"content cannot be opened safely here: no {' and no '.join(missing)}",
            hint="run Linux 5.13 or later with landlock, install libseccomp2, or accept the weaker sandbox in config",
        )


def die_with_parent() -> None:
    """Have this process killed when its parent ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def keep_only(descriptor: int) -> None:
    """Make `descriptor` number 3, lead 0 to 2 nowhere, and close all others: siblings' wires among them."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    wire = os.dup(descriptor) if descriptor < OWN_DESCRIPTORS else descriptor
    for standard in range(3):
        os.dup2(nowhere, standard)
    os.dup2(wire, 3, inheritable=False)
    os.closerange(OWN_DESCRIPTORS, resource.getrlimit(resource.RLIMIT_NOFILE)[1] & 0xFFFFF)


def limit(memory: int) -> None:
    """Bound the address space (bytes) and refuse written files, core dumps, more descriptors and more processes."""
    bounds = {"AS": memory, "FSIZE": 0, "NOFILE": DESCRIPTORS, "CORE": 0, "NPROC": 0}
    for name, most in bounds.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def allow_seconds(seconds: float) -> None:
    """Bound the processor time from now on; what the process used so far does not count. The limit kills."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, most))


def harden(memory: int, *, allow_degraded: bool) -> None:
    """Build all walls. `OSError` or `Unsound` where one cannot be built; the process must then end."""
    require_walls(allow_degraded=allow_degraded)
    limit(memory)
    LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    kernel = describe_kernel()
    if kernel["landlock"]:
        _landlock()
    if kernel["seccomp"]:
        _seccomp()


def _landlock() -> None:
    """Refuse every path, TCP port and signal outwards: all that this kernel's landlock knows, and no rule."""
    abi = landlock_abi()
    files = (1 << FILE_RIGHTS.get(abi, 16)) - 1
    network = 0b11 if abi >= NETWORK_FROM else 0
    scope = 0b11 if abi >= SCOPE_FROM else 0
    attributes = struct.pack("=QQQ", files, network, scope)
    ruleset = LIBC.syscall(
        LANDLOCK_CREATE, attributes, len(attributes) if abi >= SCOPE_FROM else 16 if network else 8, 0
    )
    if ruleset < 0 or LIBC.syscall(LANDLOCK_RESTRICT, ruleset, 0):
        raise OSError(ctypes.get_errno(), "landlock")
    os.close(ruleset)


def _seccomp() -> None:
    """Refuse every system call but those that computing and the open wire need."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        rules.add_rule(pyseccomp.ALLOW, name)
    # glibc then falls back to clone, whose flags a filter can see: threads, never processes
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    rules.add_rule(
        pyseccomp.ALLOW, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, CLONE_THREAD)
    )  # fmt: skip
    rules.add_rule(  # fstat as new C libraries call it: an open descriptor, not a path
        pyseccomp.ALLOW, "newfstatat", pyseccomp.Arg(3, pyseccomp.MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH)
    )
    rules.add_rule(pyseccomp.ALLOW, "prlimit64", pyseccomp.Arg(0, pyseccomp.EQ, 0))  # of itself
    rules.add_rule(pyseccomp.ALLOW, "tgkill", pyseccomp.Arg(0, pyseccomp.EQ, os.getpid()))  # abort() of itself
    rules.load()
