CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, `Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`)
INSERT INTO `Environment` (`Environment`, `Name`, `Value`, `Component_`) VALUES ('Path', '=-*PATH', '[~];[INSTALLDIR]', 'Program')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveEnvironmentStrings', 3300)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('WriteEnvironmentStrings', 5200)
UPDATE `File` SET `Version` = '@VERSION@.0', `Language` = '1033' WHERE `File` = 'updoc.exe'
DELETE FROM `MsiFileHash` WHERE `File_` = 'updoc.exe'
UPDATE `Shortcut` SET `DisplayResourceDLL` = '[INSTALLDIR]updoc.exe', `DisplayResourceId` = 1 WHERE `Shortcut` = 'Menu'
INSERT INTO `Property` (`Property`, `Value`) VALUES ('ARPNOMODIFY', '1')
