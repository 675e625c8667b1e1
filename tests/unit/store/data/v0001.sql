BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE deliveries (
	transfer_id VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	verdict TEXT, 
	sealed TEXT, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_deliveries PRIMARY KEY (transfer_id, id), 
	CONSTRAINT fk_deliveries_transfer_id FOREIGN KEY(transfer_id) REFERENCES transfers (id)
);
INSERT INTO "deliveries" VALUES('t-6740a1b2-aaaaaaaaaa','d-1',0,'delivered','{"network":"verified-tls","obligations":["neutral:subject","seal:aes256"],"outcome":"deliver","policy":"abababababababababababababababababababababababababababababababab","reasons":[{"file":"policies/rules.yaml","line":12,"rule":"a-rule","says":"it may go"}],"recipient":"Friend@NHS.Example","route":"nhsmail","would_pass_if":["it were smaller"]}','{"delivery_id":"d-1","evidence":{"cipher":"AES-256","method":"zip","recipients":[],"status":"","verified_by":"7z"},"message":false,"method":"zip","needs_verified_tls":false,"parts":[{"media_type":"application/zip","name":"s.zip","object_id":"o-2","sha256":"1111111111111111111111111111111111111111111111111111111111111111","size":2}],"rule":"a-rule","secret_object_id":""}','{"attempt_open":false,"attempts":1,"begun":"2026-11-22T09:30:00.123456+00:00","due":null,"receipt":{"answer":"250 ok","at":"2026-11-22T09:31:00.123456+00:00","channel":"internet","tls":""},"recipient":"Friend@NHS.Example","refusal":null,"release":{"at":"2026-11-22T09:30:00.123456+00:00","officer":"First Officer","reason":"checked by telephone: \"yes\", s\u00e6d the clerk"},"told":null,"trouble":""}');
INSERT INTO "deliveries" VALUES('t-6740a1b2-bbbbbbbbbb','d-1',0,'delivered',NULL,NULL,'{"attempt_open":false,"attempts":0,"begun":null,"due":null,"receipt":null,"recipient":"r0@nhs.example","refusal":null,"release":null,"told":null,"trouble":""}');
INSERT INTO "deliveries" VALUES('t-6740a1b2-bbbbbbbbbb','d-2',1,'undecided',NULL,NULL,'{"attempt_open":false,"attempts":0,"begun":null,"due":null,"receipt":null,"recipient":"r1@nhs.example","refusal":null,"release":null,"told":null,"trouble":""}');
INSERT INTO "deliveries" VALUES('t-6740a1b2-cccccccccc','d-1',0,'held','{"network":"verified-tls","obligations":["neutral:subject","seal:aes256"],"outcome":"deliver","policy":"abababababababababababababababababababababababababababababababab","reasons":[{"file":"policies/rules.yaml","line":12,"rule":"a-rule","says":"it may go"}],"recipient":"r0@nhs.example","route":"nhsmail","would_pass_if":["it were smaller"]}',NULL,'{"attempt_open":false,"attempts":0,"begun":null,"due":null,"receipt":null,"recipient":"r0@nhs.example","refusal":null,"release":{"at":"2026-11-22T09:30:00.123456+00:00","officer":"First Officer","reason":"checked by telephone: \"yes\", s\u00e6d the clerk"},"told":null,"trouble":""}');
INSERT INTO "deliveries" VALUES('t-6740a1b2-cccccccccc','d-2',1,'refused',NULL,NULL,'{"attempt_open":false,"attempts":0,"begun":null,"due":null,"receipt":null,"recipient":"r1@nhs.example","refusal":{"at":"2026-11-22T09:30:00.123456+00:00","officer":"First Officer","reason":"checked by telephone: \"yes\", s\u00e6d the clerk"},"release":null,"told":null,"trouble":"refused: no"}');
INSERT INTO "deliveries" VALUES('t-6740a1b2-dddddddddd','d-1',0,'undecided',NULL,NULL,'{"attempt_open":false,"attempts":0,"begun":null,"due":null,"receipt":null,"recipient":"r0@nhs.example","refusal":null,"release":null,"told":null,"trouble":""}');
CREATE TABLE instructions (
	number INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	transfer_id VARCHAR NOT NULL, 
	done BOOLEAN DEFAULT 0 NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_instructions PRIMARY KEY (number), 
	CONSTRAINT fk_instructions_transfer_id FOREIGN KEY(transfer_id) REFERENCES transfers (id), 
	CONSTRAINT uq_instructions_id UNIQUE (id)
);
INSERT INTO "instructions" VALUES(1,'i-1','t-6740a1b2-cccccccccc',0,'{"act":"release","at":"2026-11-22T09:30:00.123456+00:00","delivery_id":"d-1","id":"i-1","officer":"Officer","officer_account":"","officer_address":"officer@council.example","reason":"checked by telephone","transfer_id":"t-6740a1b2-cccccccccc"}');
CREATE TABLE ledger (
	seq INTEGER NOT NULL, 
	entry BLOB NOT NULL, 
	CONSTRAINT pk_ledger PRIMARY KEY (seq), 
	CONSTRAINT ck_ledger_seq CHECK (seq >= 0)
);
INSERT INTO "ledger" VALUES(0,X'7B226174223A22323032362D31312D32325430393A33303A30302E3132333435362B30303A3030222C2264656C6976657279223A22222C226576656E74223A227472616E736665723A7265636569766564222C226661637473223A7B7D2C227472616E73666572223A22742D36373430613162322D61616161616161616161222C2276223A317D');
INSERT INTO "ledger" VALUES(1,X'7B226174223A22323032362D31312D32325430393A33303A30302E3132333435362B30303A3030222C2264656C6976657279223A22222C226576656E74223A227472616E736665723A7265636569766564222C226661637473223A7B7D2C227472616E73666572223A22742D36373430613162322D62626262626262626262222C2276223A317D');
INSERT INTO "ledger" VALUES(2,X'7B226174223A22323032362D31312D32325430393A33303A30302E3132333435362B30303A3030222C2264656C6976657279223A22222C226576656E74223A227472616E736665723A7265636569766564222C226661637473223A7B7D2C227472616E73666572223A22742D36373430613162322D63636363636363636363222C2276223A317D');
INSERT INTO "ledger" VALUES(3,X'7B226174223A22323032362D31312D32325430393A33303A30302E3132333435362B30303A3030222C2264656C6976657279223A22222C226576656E74223A227472616E736665723A7265636569766564222C226661637473223A7B7D2C227472616E73666572223A22742D36373430613162322D64646464646464646464222C2276223A317D');
CREATE TABLE notices (
	transfer_id VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_notices PRIMARY KEY (transfer_id, id), 
	CONSTRAINT fk_notices_transfer_id FOREIGN KEY(transfer_id) REFERENCES transfers (id)
);
INSERT INTO "notices" VALUES('t-6740a1b2-cccccccccc','n-1',0,'waiting','{"about":"held","attempts":0,"begun":null,"due":null,"object_id":"o","subject":"s","to":"clerk@council.example"}');
CREATE TABLE objects (
	id VARCHAR NOT NULL, 
	transfer_id VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	header BLOB NOT NULL, 
	inline BLOB, 
	CONSTRAINT pk_objects PRIMARY KEY (id), 
	CONSTRAINT fk_objects_transfer_id FOREIGN KEY(transfer_id) REFERENCES transfers (id)
);
CREATE TABLE transfers (
	id VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	received_at VARCHAR NOT NULL, 
	inspection TEXT, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_transfers PRIMARY KEY (id)
);
INSERT INTO "transfers" VALUES('t-6740a1b2-aaaaaaaaaa',6,'received','2026-11-22T09:30:00.123456+00:00',NULL,'{"account":"","encrypt_requested":true,"message":true,"origin":"mail","parts":[{"name":"letter.eml","object_id":"o-1","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1}],"passwords_object_id":"","route":"","sender":"Clerk@Council.Example"}');
INSERT INTO "transfers" VALUES('t-6740a1b2-bbbbbbbbbb',4,'received','2026-11-22T09:35:00.123456+00:00',NULL,'{"account":"","encrypt_requested":true,"message":true,"origin":"mail","parts":[{"name":"letter.eml","object_id":"o-1","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1}],"passwords_object_id":"","route":"","sender":"clerk@council.example"}');
INSERT INTO "transfers" VALUES('t-6740a1b2-cccccccccc',5,'decided','2026-11-22T09:30:00.123456+00:00',NULL,'{"account":"","encrypt_requested":true,"message":true,"origin":"mail","parts":[{"name":"letter.eml","object_id":"o-1","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1}],"passwords_object_id":"","route":"","sender":"clerk@council.example"}');
INSERT INTO "transfers" VALUES('t-6740a1b2-dddddddddd',1,'received','2026-11-22T09:30:00.123456+00:00',NULL,'{"account":"","encrypt_requested":true,"message":true,"origin":"mail","parts":[{"name":"letter.eml","object_id":"o-1","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1}],"passwords_object_id":"","route":"","sender":"clerk@council.example"}');
CREATE TABLE wakes (
	transfer_id VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	next_at VARCHAR, 
	ticket INTEGER NOT NULL, 
	claimed_until VARCHAR, 
	tries INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_wakes PRIMARY KEY (transfer_id), 
	CONSTRAINT fk_wakes_transfer_id FOREIGN KEY(transfer_id) REFERENCES transfers (id)
);
INSERT INTO "wakes" VALUES('t-6740a1b2-cccccccccc','2026-11-22T09:30:00.123456+00:00',NULL,2490017113629502857,NULL,0);
CREATE INDEX ix_transfers_received_at_id ON transfers (received_at, id);
CREATE INDEX ix_transfers_state ON transfers (state);
CREATE INDEX ix_deliveries_state_transfer_id ON deliveries (state, transfer_id);
CREATE INDEX ix_notices_state_transfer_id ON notices (state, transfer_id);
CREATE INDEX ix_instructions_transfer_id_done ON instructions (transfer_id, done);
CREATE INDEX ix_wakes_at ON wakes (at);
CREATE INDEX ix_objects_transfer_id ON objects (transfer_id);
COMMIT;
