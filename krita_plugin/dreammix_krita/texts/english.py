"""Every text of the plugin, in English; a member's name is its key in every other language.

Plain words: subject, teach, insert, edit, variant, backend, model. The field's own terms stand only in
`ADVANCED`. What stands in braces is filled in.
"""

from enum import Enum, unique
from typing import Final


@unique
class Words(Enum):
    """A key of the catalogue, and its English text."""

    # How it stands, and the short form of it for the status line.
    NO_BACKEND = "DreamMix needs its backend once (about 3 GB). Nothing leaves this computer."
    SETTING_UP = "{step}. You can paint meanwhile."
    STOPPED = "The backend is not running."
    STARTING = "Starting (first time takes longer)"
    LOST = "Connection lost, trying again"
    OUTDATED = "The plugin and the backend do not understand each other."
    REFUSED = "The backend does not let you in."
    READY = "{model}, {device}"
    READY_NO_MODEL = "Ready"
    READY_MODEL = "{model}"
    SANDBOX = "Sandbox model, {device}"
    PROCESSOR = "CPU"
    GRAPHICS_CARD = "graphics card"
    NOT_SET_UP = "Not set up yet"
    SETS_UP = "Setting up"
    NOT_RUNNING = "Not running"
    STARTS = "Starting"
    AWAY = "Connection lost"
    NEEDS_UPDATE = "Needs an update"
    NOT_LET_IN = "Not let in"
    WENT_WRONG = "Something went wrong"
    READY_SANDBOX = "Sandbox model: small pictures for trying things out. Get SDXL for real work."
    RUNNING = "{stage} {done} of {all}"
    RUNNING_BEGINS = "Your insert begins"
    QUEUED = "{waiting} waiting"
    DONE = "Done: choose a variant"
    FAILED = "{what}"
    TROUBLE = "{why} {remedy}"
    TROUBLE_REMEDY = "{remedy}"

    # Why the big button is off, or what the artist should know before it is pressed.
    OPEN_PICTURE = "Open a picture"
    SELECT_REGION = "Select where it should go"
    CHOOSE_SUBJECT = "Choose a subject, or describe what to paint"
    SELECTION_EMPTY = "The selection is empty: select where it should go"
    SELECTION_OUTSIDE = "The selection lies outside of the picture"
    SELECTED_ALL = "Everything is selected: the whole picture is painted anew"
    TEACH_FIRST = "{subject} is not taught yet"
    REGION_SMALL = "The region is {pixels} px: details will be few"
    REGION_LARGE = "The region is {pixels} px: it is painted smaller and enlarged"
    BACKEND_AWAY = "Trying again; your inserts are kept"
    CHANGED_SINCE = "The region has changed since: the result was painted for what was there at the click"
    RESIZED_SINCE = "The picture has another size now: look whether the result lies right"
    CLOSED_SINCE = "{document} was closed: its insert was stopped"
    WAITS_HERE = "Still to be chosen: {title}. Apply makes it a layer"
    WAITS_ELSEWHERE = "Still to be chosen: {title}, for {document}. Open it, or apply it here"
    TAUGHT_AWAY = "{subject} was taught while Krita was closed"
    STILL_TAUGHT = "{subject} is still being taught: New shows how far it is"
    UNSEEN = "{document} cannot be painted over here: the result comes without a preview"
    ABOUT = "About {time}"
    NOT_KEPT = (
        "Krita will forget this when it ends, as it cannot be written down: {reason}. Make room on the disk"
    )
    PICK_RESULT = "Click one of the results first"
    ALREADY_USED = "It is a layer already"

    # Buttons.
    SET_UP_BACKEND = "Set up backend"
    START_BACKEND = "Start backend"
    RESTART_BACKEND = "Restart backend"
    INSERT = "Insert subject"
    INSERT_TIP = "Insert the subject that is chosen in DreamMix into the selection"
    INSERT_MORE = "Insert one more"
    UPDATE = "Update"
    CANCEL = "Cancel"
    APPLY = "Apply"
    TRY_AGAIN = "Try again"
    DISCARD = "Discard"
    GET_SDXL = "Get SDXL"
    COPY_DETAILS = "Copy details"
    OPEN_SETTINGS = "Open settings"
    DISMISS = "OK"
    STOP_BACKEND = "Stop backend"
    SETTINGS = "Settings"
    LIBRARY = "Library"

    # The docker's fields.
    ARTIST = "Artist"
    NEW_SUBJECT = "New"
    NEW_SUBJECT_TIP = "Teach a new subject; drop its pictures here"
    NO_SUBJECTS = "No subjects yet: describe what to paint, or teach one"
    NOTHING_FOUND = "No subject is called that"
    NOT_TAUGHT = "{name}: not taught yet"
    SEARCH = "Search subjects"
    FAVOUR = "Favourite"
    RENAME = "Rename"
    DUPLICATE = "Duplicate"
    EXPORT = "Export"
    TRASH = "Move to trash"
    DESCRIBE_CHANGE = "Describe the change"
    OPTIONAL = "optional"
    DESCRIBE_PICTURE = "Describe what to paint"
    CHIPS = "What the words replace"
    CHIP = "{kind}: {old} > {new}"
    CHIP_ADDS = "{kind}: {new}"
    CHIP_TIP = "Click to keep the original instead"
    KIND_COLOUR = "colour"
    KIND_MATERIAL = "material"
    KIND_PATTERN = "pattern"
    KIND_SHAPE = "shape"
    KIND_ACCESSORY = "accessory"
    KIND_POSE = "pose"
    KIND_OTHER = "other"
    FOLLOW_WORDS = "follow the words"
    KEEP_SUBJECT = "keep the subject"
    STRENGTH_TIP = "How far the words may change what the subject is"
    BACKGROUND = "Background"
    THIS_LAYER = "this layer"
    WHAT_I_SEE = "what I see"
    VARIANTS_TIP = "How many variants are painted"
    RESULTS = "Results"
    VARIANT = "Variant {number}"
    USED = "{name}, used"
    ADVANCED_PART = "Advanced"
    EDIT_THIS = "Edit this insert"
    QUALITY = "Quality"
    DRAFT = "Draft"
    NORMAL = "Normal"
    BEST = "Best"
    OTHER_QUALITY = "Own"
    SEED_NEW = "New each time"
    SEED = "Seed"
    SEED_TIP = "The same seed gives the same picture again."

    # The advanced part: the field's terms.
    BLEND = "Local share (lambda)"
    BLEND_TIP = "How much of the work looks at the region alone; the rest fits it into the picture."
    STEPS = "Steps"
    STEPS_TIP = "More steps take longer and paint finer."
    GUIDANCE = "Guidance"
    GUIDANCE_TIP = "How closely the picture keeps to the words."
    FEATHER = "Feather"
    FEATHER_TIP = "Width of the soft edge, in pixels, inside of the selection."
    LORAS = "LoRAs"
    LORAS_TIP = "Styles and things that other people have taught; they lie in the backend's folder of LoRAs."
    ADD_LORA = "Add a LoRA\u2026"
    DROP_LORA = "Leave out {name}"

    # Stages and times.
    STAGE_LOCAL = "Local content"
    STAGE_GLOBAL = "Global harmonisation"
    SECONDS_LEFT = "{seconds} s"
    MINUTES_LEFT = "{minutes} min"


ADVANCED: Final = frozenset(
    {
        Words.BLEND,
        Words.BLEND_TIP,
        Words.STEPS,
        Words.STEPS_TIP,
        Words.GUIDANCE,
        Words.GUIDANCE_TIP,
        Words.FEATHER,
        Words.FEATHER_TIP,
        Words.LORAS,
        Words.LORAS_TIP,
        Words.ADD_LORA,
        Words.DROP_LORA,
    }
)
"""What is shown only in the advanced part, where the field's terms are allowed."""
