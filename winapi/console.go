package winapi

// Calls about the console and the person's desktop. None needs administrator rights.
const (
	// Console tells what console this program has. Without one, nothing is known of it.
	Console Call[None, ConsoleInfo] = "console"
	// Sequences lets the console follow escape sequences, or not, and answers whether it
	// did before. Source: SetConsoleMode, ENABLE_VIRTUAL_TERMINAL_PROCESSING.
	Sequences Call[bool, bool] = "console-sequences"
	// Discard forgets what was typed and not yet read. Source: FlushConsoleInputBuffer.
	Discard Call[None, None] = "console-discard"
	// Open gives a file to the program the person opens such files with, or starts a
	// program. A person who says no to the question for administrator rights is an Error
	// with the code Declined. Source: ShellExecuteEx.
	Open Call[OpenCall, Opened] = "open"
)

// Declined is ERROR_CANCELLED of winerror.h: the person said no.
const Declined = 1223

// ConsoleInfo is the console of this program. Zero: it has none.
type ConsoleInfo struct {
	Processes uint32 `json:"processes"` // that share it; 1: it was made for this program. GetConsoleProcessList
	CodePage  uint32 `json:"codePage"`  // of the output: 932, 437, 65001. GetConsoleOutputCP
	// Window is the class of its window: ConsoleWindowClass, or PseudoConsoleWindow where
	// something else shows it, Windows Terminal for example.
	Window string `json:"window"`
	Input  bool   `json:"input"`  // standard input is the console
	Output bool   `json:"output"` // standard output is
	Errors bool   `json:"errors"` // standard error is
}

// OpenCall opens Path, a file or a program. Verb: open, or runas for administrator rights.
// Seconds: how long to wait for the end of what was started; 0: not at all.
type OpenCall struct {
	Path    string   `json:"path"`
	Verb    string   `json:"verb"`
	Args    []string `json:"args,omitempty"`
	Seconds int      `json:"seconds,omitempty"`
}

// Opened is how what was waited for ended.
type Opened struct {
	Exit uint32 `json:"exit"`
}
