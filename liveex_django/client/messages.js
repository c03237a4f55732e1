/**
 * The names on the wire, as docs/protocol.md lists them; a test compares the two.
 *
 * One constant a line, so that a Python test can read this file without a JavaScript parser.
 */

// Section 1: the markers in the page.
export const VIEW_ATTRIBUTE = "lx-view";
export const REGION_ATTRIBUTE = "lx-region";
export const TOKEN_ATTRIBUTE = "lx-token";
export const DIGEST_ATTRIBUTE = "lx-digest";
export const ELEMENT_ATTRIBUTE = "lx-e";
export const SLOT_START = "[";
export const SLOT_END = "]";
export const ROW_START = ":";

// Section 2: inside a diff.
export const FINGERPRINT = "f";
export const ROWS = "r";
export const ORDER = "=";
export const TEXT = "";

// Section 3: from the browser.
export const TYPE = "type";
export const JOIN = "join";
export const EVENT = "event";
export const PARAMS = "params";
export const RESYNC = "resync";
export const ACK = "ack";
export const PING = "ping";
export const CLIENT = "client";
export const VIEWS = "views";
export const VIEW = "view";
export const TOKEN = "token";
export const DIGESTS = "digests";
export const SEQ = "seq";
export const PAYLOAD = "payload";
export const QUERY = "query";
export const KEY = "key";
export const UNTOUCHED_PREFIX = "_unused_";
export const PASTED = "text";
export const FRAMES = "frames";

// Section 4: from the server.
export const PARTS = "parts";
export const JOINED = "joined";
export const PATCH = "patch";
export const TOKENS = "tokens";
export const TITLE = "title";
export const URL = "url";
export const MESSAGES = "messages";
export const COMMANDS = "commands";
export const EVENTS = "events";
export const REDIRECT = "redirect";
export const NAVIGATE = "navigate";
export const DEGRADED = "degraded";
export const LOST = "lost";
export const REPLY = "reply";
export const ERROR = "error";
export const PONG = "pong";
export const REASON = "reason";
export const CODE = "code";
export const ID = "id";
export const RESET = "reset";
export const ANSWER = "answer";

// Section 4: outcomes of an event.
export const APPLIED = "applied";
export const REJECTED = "rejected";
export const FAILED = "failed";
export const UNKNOWN = "unknown";

// Section 4: close codes.
export const CLOSE_BAD_FRAME = 4400;
export const CLOSE_JOIN_REFUSED = 4401;
export const CLOSE_FORBIDDEN = 4403;
export const CLOSE_OTHER_RELEASE = 4409;
export const CLOSE_RESTART = 4012;
export const CLOSE_SERVICE_RESTART = 1012;
export const CLOSE_GOING_AWAY = 1001;
