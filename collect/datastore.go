package collect

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"updoc/format/ese"
	"updoc/model"
)

// Places of the databases of the agent and of the services it needs.
const (
	dataStorePath  = "Windows/SoftwareDistribution/DataStore/DataStore.edb"
	catroot2Path   = "Windows/System32/catroot2"
	queueFolder    = "ProgramData/Microsoft/Network/Downloader"
	historyLimit   = 20000 // rows of tbHistory kept; the newest stay
	hiddenLimit    = 2000
	stateDamaged   = "damaged"
	stateMissing   = "missing"
	eseArtifact    = "ese"       // catdb, qmgr.db
	storeArtifact  = "datastore" // DataStore.edb
	historyTable   = "tbHistory"
	updateIDLength = 20 // a GUID and a revision
)

// agentDatabases fills Agent.DataStore, Catroot2, Queue and Hidden, and keeps the
// history of updates for attempts. A database that was not closed is normal on a disk
// that was taken out: only damage is evidence of damage.
func agentDatabases(d *desk) {
	d.dataStore()
	d.askHistory()
	d.m.Agent.Catroot2 = d.catroot2()
	d.m.Agent.Queue = d.queue()
}

// header returns the state of a database by its header, without reading further.
func (d *desk) header(at place) model.Fact[string] {
	f, size, err := d.open(at)
	if err != nil {
		return model.NotSeen[string](*d.look(at.database(), at, err))
	}
	h, err := ese.ReadHeader(f, size)
	return d.state(at, h.State, err)
}

// state turns what came of reading a database into its state. An error of the medium
// says nothing about the database.
func (d *desk) state(at place, state string, err error) model.Fact[string] {
	if errors.Is(err, ese.ErrDamaged) || errors.Is(err, ese.ErrNotESE) {
		d.lookNote(at.database(), at, nil, err.Error())
		return model.Known(stateDamaged, at.origin(at.database()))
	}
	if why := d.look(at.database(), at, err); why != nil {
		return model.NotSeen[string](*why)
	}
	return model.Known(state, at.origin(at.database()))
}

// database is the kind of evidence that a database is.
func (p place) database() string {
	if p.path == dataStorePath {
		return storeArtifact
	}
	return eseArtifact
}

// gone is the state of a database that is not there: missing if its folder was read,
// unseen if that is missing too, as in a copy of a few folders.
func (d *desk) gone(at, folder place) model.Fact[string] {
	if _, err := d.list(folder); err != nil {
		return model.NotSeen[string](*d.look(at.database(), at, err))
	}
	return model.Known(stateMissing, folder.origin(at.database()))
}

// catroot2 returns the worst state of the databases of the catalogue service.
func (d *desk) catroot2() model.Fact[string] {
	folder := d.on(catroot2Path)
	entries, err := d.list(folder)
	if errors.Is(err, fs.ErrNotExist) && d.whole(folder.volume) {
		return d.gone(folder, d.on("Windows/System32")) // set aside, and Windows has not run since
	}
	if err != nil {
		return model.NotSeen[string](*d.look(eseArtifact, folder, err))
	}
	worst := model.Known(stateMissing, folder.origin(eseArtifact))
	for _, e := range entries {
		at := d.on(catroot2Path + "/" + e.Name() + "/catdb")
		if _, err := d.stat(at); !strings.HasPrefix(e.Name(), "{") || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		f := d.header(at)
		if !f.Known || worst.Known && worseState(f.Value, worst.Value) {
			worst = f
		}
	}
	return worst
}

// states in the order in which one hides the other: one damaged database is enough.
var states = []string{stateMissing, ese.Clean, ese.Dirty, stateDamaged}

func worseState(a, b string) bool { return slices.Index(states, a) > slices.Index(states, b) }

// queue returns the state of the list of transfers. Before Windows 10 1709 it was a
// pair of files of another kind, of which only the presence is told.
func (d *desk) queue() model.Fact[string] {
	at := d.on(queueFolder + "/qmgr.db")
	_, err := d.stat(at)
	if err == nil {
		return d.header(at)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return model.NotSeen[string](*d.look(eseArtifact, at, err))
	}
	old := d.on(queueFolder + "/qmgr0.dat")
	if _, err := d.stat(old); err == nil {
		return model.Known(ese.Clean, old.origin("file"))
	}
	return d.gone(at, d.on(queueFolder))
}

// dataStore opens DataStore.edb and reads what is used of it.
func (d *desk) dataStore() {
	at, a := d.on(dataStorePath), &d.m.Agent
	if _, err := d.stat(at); errors.Is(err, fs.ErrNotExist) {
		a.DataStore = d.gone(at, d.on("Windows/SoftwareDistribution"))
		d.unseenHistory(model.Unseen{Artifact: storeArtifact, Reason: model.ReasonAbsent, How: model.HowNothing})
		return
	}
	f, size, err := d.open(at)
	var db *ese.DB
	if err == nil {
		db, err = ese.Open(d.ctx, f, size)
	}
	if db == nil {
		a.DataStore = d.state(at, "", err)
		d.unseenHistory(model.Unseen{Artifact: storeArtifact, Reason: model.ReasonDamaged, Detail: errorText(err), How: model.HowNothing})
		return
	}
	d.readHistory(db, at)
	d.readHidden(db, at)
	a.DataStore = d.state(at, db.Header.State, trusted(db))
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// trusted returns the damage of a database. One that was not closed may hold pages
// that its logs would put right: it is damaged only if nothing of it can be read.
func trusted(db *ese.DB) error {
	if db.Header.State == ese.Dirty && len(db.Tables) > 0 {
		return nil
	}
	return db.Damage()
}

func (d *desk) unseenHistory(why model.Unseen) {
	d.work.historySpan = model.Coverage{Why: &why}
	d.m.Agent.Hidden = model.Partial([]string{}, why)
}

// readHistory keeps the rows of tbHistory as happenings. Columns are taken by name;
// Flags are ignored, because nobody knows what they mean (field guide, artifacts §1).
func (d *desk) readHistory(db *ese.DB, at place) {
	t := db.Table(historyTable)
	if t == nil {
		d.work.historySpan = model.Coverage{Why: &model.Unseen{Artifact: storeArtifact, Reason: model.ReasonDamaged, Detail: "no table " + historyTable, How: model.HowNothing}}
		return
	}
	var all []happening
	err := db.Rows(t, func(r ese.Row) error {
		if h, ok := historyRow(r, at); ok {
			all = append(all, h)
		}
		if len(all) >= 2*historyLimit {
			all = append(all[:0], all[historyLimit:]...)
		}
		return nil
	})
	sortByTime(all, func(h happening) time.Time { return h.time })
	all, _ = within(all, historyLimit)
	d.work.history = all
	d.work.historySpan = historySpan(db, all, err)
	if len(all) > 0 {
		d.met(all[len(all)-1].time)
	}
}

// historySpan is the time for which the history is whole. The newest rows of a
// database that was not closed may still be in its logs, which are not read.
func historySpan(db *ese.DB, all []happening, err error) model.Coverage {
	why := &model.Unseen{Artifact: storeArtifact, Reason: model.ReasonOutOfRange, How: model.HowOlderLogs, Detail: "the history is empty"}
	if len(all) == 0 || err != nil || db.Harmed > 0 {
		if err != nil || db.Harmed > 0 {
			why.Reason, why.How, why.Detail = model.ReasonDamaged, model.HowNothing, fmt.Sprintf("%d pages could not be read", db.Harmed)
		}
		return model.Coverage{Why: why}
	}
	why.Detail = "the history begins at " + all[0].time.Format(time.RFC3339)
	if db.Header.State == ese.Dirty {
		why.Detail += "; the database was not closed, newest rows may lack"
	}
	return model.Coverage{From: all[0].time, To: all[len(all)-1].time, Why: why}
}

// historyRow reads one row. MappedResult is what the person sees, UnmappedResult what
// the installer said.
func historyRow(r ese.Row, at place) (happening, bool) {
	h := happening{time: r.Time("Date"), what: whatInstallFailed, title: r.Text("Title"), client: r.Text("ClientId"),
		history: fromDataStore, origin: at.origin(storeArtifact)}
	h.origin.Record, h.origin.Key = uint64(max(r.Int("IdEvent"), 0)), historyTable
	h.kb = kbIn(h.title)
	h.updateID, h.revision = updateIDOf(r.Bytes("UpdateId"))
	h.store = storeTitle(h.title) || serverID(r) == storeService
	if h.time.IsZero() || h.updateID == "" && h.kbOrTitle() == "" {
		return h, false
	}
	mapped := uint32(r.Int("MappedResult"))
	h.setCode(mapped, true)
	switch {
	case mapped == callCancelled:
		h.what = whatCancelled
	case mapped == 0:
		h.what = whatInstalled
	}
	h.raw = rawCode(uint32(r.Int("UnmappedResult")))
	return h, true
}

// callCancelled is WU_E_CALL_CANCELLED.
const callCancelled = 0x8024000b

// updateIDOf parts an update id into GUID and revision; a GUID alone has none.
func updateIDOf(b []byte) (string, int64) {
	id := bareGUID(ese.GUID(b))
	if len(b) < updateIDLength {
		return id, 0
	}
	return id, int64(binary.LittleEndian.Uint32(b[16:]))
}

func serverID(r ese.Row) string {
	if id := ese.GUID(r.Bytes("ServerId")); id != "" {
		return bareGUID(id)
	}
	return bareGUID(r.Text("ServerId"))
}

// rawCode writes what an installer returned as HRESULT; "" for success, for "restart
// required" and for none. Numbers below 0x10000 are exit codes, which are Win32 errors.
func rawCode(code uint32) string {
	switch {
	case code&0x80000000 != 0:
		return hexText(code)
	case code == 0 || code == 1641 || code == 3010 || code > 0xffff:
		return ""
	}
	return hexText(0x80070000 | code)
}
