package winapi

import (
	"context"
	"errors"
	"io/fs"
	"time"
)

const (
	taskLimit     = time.Minute
	taskFolder    = "updoc"
	createOrWrite = 6 // TASK_CREATE_OR_UPDATE
	logOnGroup    = 4 // TASK_LOGON_GROUP
	logOnService  = 5 // TASK_LOGON_SERVICE_ACCOUNT
)

// scheduler runs do with the root folder of the Task Scheduler.
func scheduler(ctx context.Context, do func(root object) error) (None, error) {
	return apartment(ctx, taskLimit, func() (None, error) {
		service, err := create("Schedule.Service")
		if err != nil {
			return None{}, err
		}
		defer service.Release()
		if _, err := service.value("Connect"); err != nil {
			return None{}, err
		}
		root, err := service.child("GetFolder", `\`)
		if err != nil {
			return None{}, err
		}
		defer root.Release()
		return None{}, do(root)
	})
}

// registerTaskCall asks ITaskFolder.RegisterTask; a task of that name is replaced.
func registerTaskCall(ctx context.Context, t Task) (None, error) {
	text, err := taskXML(t)
	if err != nil {
		return None{}, err
	}
	user, logOn := systemSID, logOnService
	if t.AtLogOn {
		user, logOn = usersSID, logOnGroup
	}
	return scheduler(ctx, func(root object) error {
		folder, err := root.child("GetFolder", taskFolder)
		if err != nil {
			if folder, err = root.child("CreateFolder", taskFolder); err != nil {
				return err
			}
		}
		defer folder.Release()
		task, err := folder.child("RegisterTask", t.Name, text, createOrWrite, user, "", logOn)
		if err == nil {
			task.Release()
		}
		return err
	})
}

// deleteTaskCall asks ITaskFolder.DeleteTask, and takes an empty folder away.
func deleteTaskCall(ctx context.Context, name string) (None, error) {
	return scheduler(ctx, func(root object) error {
		folder, err := root.child("GetFolder", taskFolder)
		if err == nil {
			_, err = folder.value("DeleteTask", name, 0)
			folder.Release()
		}
		if err != nil && !errors.Is(&Error{Code: codeOf(err)}, fs.ErrNotExist) {
			return err
		}
		_, _ = root.value("DeleteFolder", taskFolder, 0) // it refuses while tasks are in it
		return nil
	})
}
