package knowledge

// Advices are the words of Code.Advice: what somebody who only has the code can do
// about it without risk. Texts: explain.advice.*.
var Advices = []string{
	"back-up",       // the disk may be failing: files first
	"restart",       // a restart comes first
	"retry",         // try again later
	"nothing",       // nothing to do
	"not-needed",    // usually nothing to do; look whether something newer is in
	"network",       // the way to the update servers
	"clock",         // date and time of the PC
	"metered",       // the connection counts as metered
	"free-space",    // room on drive C
	"winre-room",    // room in the recovery partition
	"power",         // connect to power
	"policy",        // settings of an organisation
	"service",       // a Windows service
	"store",         // Windows' own parts are damaged
	"product",       // repair the product the update is for
	"antivirus",     // an antivirus program may hold a file
	"defender",      // Microsoft Defender's own updates
	"compatibility", // what stands in the way of an upgrade
}
