"""What goes wrong, in German: clauses of errors and hints by their English, and words for each kind of error.

What stands in braces is filled in with what stands there in English, which may be a clause itself.
"""

from collections.abc import Mapping
from typing import Final

KINDS_GERMAN: Final[Mapping[str, tuple[str, str]]] = {
    "error": ("Etwas ist nicht gelungen", "versuchen Sie es noch einmal"),
    "invalid_request": ("Das ist so nicht möglich", "ändern Sie die Angaben"),
    "invalid_picture": ("Das Bild kann nicht verwendet werden", "wählen Sie ein anderes Bild"),
    "invalid_mask": ("Die Maske passt nicht", "wählen Sie den Bereich neu aus"),
    "invalid_subject": ("Das Motiv kann so nicht gelernt werden", "wählen Sie andere Bilder oder Masken"),
    "invalid_event": ("Das Backend widerspricht sich", "melden Sie diesen Fehler"),
    "invalid_message": ("Plugin und Backend verstehen einander nicht", "aktualisieren Sie das ältere"),
    "unexpected_message": ("Plugin und Backend verstehen einander nicht", "aktualisieren Sie das ältere"),
    "transfer_rejected": ("Die Übertragung ist nicht gelungen", "versuchen Sie es noch einmal"),
    "model_not_found": ("Das Modell ist nicht da", "wählen Sie ein anderes oder holen Sie es"),
    "model_damaged": ("Das Modell ist beschädigt", "holen Sie es noch einmal"),
    "model_unsuitable": ("Mit diesem Modell kann nicht gemalt werden", "wählen Sie ein anderes"),
    "download_failure": ("Das Modell konnte nicht geholt werden", "versuchen Sie es noch einmal"),
    "package_missing": ("Ein Teil der Installation fehlt", "richten Sie das Backend neu ein"),
    "wrong_base": (
        "Das Motiv wurde für ein anderes Modell gelernt",
        "wählen Sie dieses Modell, oder lehren Sie das Motiv noch einmal",
    ),
    "subject_not_found": ("Das Motiv ist nicht in der Bibliothek", "wählen Sie ein anderes"),
    "subject_damaged": ("Das Motiv ist beschädigt", "stellen Sie es wieder her, oder lehren Sie es neu"),
    "subject_too_new": ("Das Motiv ist von einer neueren Version", "aktualisieren Sie DreamMix"),
    "library_busy": ("Die Bibliothek ist gerade besetzt", "versuchen Sie es gleich noch einmal"),
    "archive_rejected": ("Das Archiv kann nicht importiert werden", "exportieren Sie das Motiv noch einmal"),
    "describer_failure": (
        "Die Bilder konnten nicht beschrieben werden",
        "versuchen Sie es noch einmal, oder schreiben Sie die Eigenschaften selbst",
    ),
    "numerical_failure": ("Aus der Rechnung wurde kein Bild", "versuchen Sie es mit anderen Einstellungen"),
    "out_of_memory": (
        "Der Speicher reicht nicht",
        "schließen Sie andere Programme, oder wählen Sie ein kleineres Modell",
    ),
    "worker_lost": ("Das Programm, das malt, ist abgestürzt", "versuchen Sie es mit weniger"),
    "job_not_found": ("Der Auftrag ist verloren", "beginnen Sie ihn noch einmal"),
    "queue_full": (
        "Es sind schon zu viele Aufträge",
        "übernehmen oder verwerfen Sie Ergebnisse, oder brechen Sie wartende Aufträge ab",
    ),
    "output_failure": ("Es kann nicht geschrieben werden", "wählen Sie einen anderen Ort"),
    "storage_full": ("Der Datenträger ist voll", "schaffen Sie Platz"),
    "cancelled": ("Der Auftrag wurde abgebrochen", "beginnen Sie ihn noch einmal, wann Sie möchten"),
    "canvas_failure": ("Krita hat es nicht getan", "versuchen Sie es noch einmal"),
    "document_closed": ("Das Bild ist nicht mehr offen", "öffnen Sie es wieder"),
    "not_connected": ("Es gibt keine Verbindung zum Backend", "es wird von selbst wieder versucht"),
    "not_started": ("Das Backend konnte nicht gestartet werden", "richten Sie es neu ein"),
    "refused": ("Das Backend lässt Sie nicht ein", "prüfen Sie die Einstellungen"),
    "version_mismatch": ("Plugin und Backend verstehen einander nicht", "aktualisieren Sie das ältere"),
    "set_up_failed": ("Das Backend konnte nicht eingerichtet werden", "versuchen Sie es noch einmal"),
}
"""By an error's code: what happened and what to do, where its own clauses have no German."""

CLAUSES_GERMAN: Final[Mapping[str, str]] = {
    # The canvas.
    "The layer cannot be read": "Die Ebene kann nicht gelesen werden",
    "Krita gave no pixels of it": "Krita gab keine Pixel davon",
    "Try again, or pick another layer": "Versuchen Sie es noch einmal, oder wählen Sie eine andere Ebene",
    "Try again": "Versuchen Sie es noch einmal",
    "The picture's colours cannot be converted": "Die Farben des Bildes können nicht umgewandelt werden",
    "Krita made {made} of {target}": "Krita machte {made} aus {target}",
    "Krita does not have the profile {profile}": "Krita hat das Profil {profile} nicht",
    "Convert the picture to another profile with Image > Convert Image Color Space": (
        "Geben Sie dem Bild ein anderes Profil: Bild > Bildfarbraum umwandeln"
    ),
    "The layer's colours cannot be read": "Die Farben der Ebene können nicht gelesen werden",
    "{model}, {depth} is unknown": "{model}, {depth} ist unbekannt",
    "Convert it to RGB with Layer > Convert > Convert Layer Color Space": (
        "Wandeln Sie sie in RGB um: Ebene > Umwandeln > Farbraum der Ebene umwandeln"
    ),
    "The selection's mask does not fit its box": "Die Maske der Auswahl passt nicht zu ihrem Rahmen",
    "it must be gray8 and of the box's size": "sie muss gray8 und so groß wie der Rahmen sein",
    "Report this as a defect": "Melden Sie diesen Fehler",
    "A preview cannot be shown": "Eine Vorschau kann nicht gezeigt werden",
    "picture and place come only together": "Bild und Ort gehören zusammen",
    "The selection cannot be read": "Die Auswahl kann nicht gelesen werden",
    "The picture cannot be read there": "Das Bild kann dort nicht gelesen werden",
    "the canvas has {width} x {height} pixels now": "die Leinwand hat jetzt {width} x {height} Pixel",
    "Select anew": "Wählen Sie neu aus",
    "There is no background": "Es gibt keinen Hintergrund",
    "no layer is picked": "keine Ebene ist gewählt",
    "{layer} was deleted": "{layer} wurde gelöscht",
    "Pick a layer": "Wählen Sie eine Ebene",
    "The result cannot be shown": "Das Ergebnis kann nicht gezeigt werden",
    "its picture does not fit its place": "sein Bild passt nicht an seinen Ort",
    "Krita made no layer for it": "Krita machte keine Ebene dafür",
    "Krita took no layer for it": "Krita nahm keine Ebene dafür an",
    "The region is too large": "Der Bereich ist zu groß",
    "it has {width} x {height} pixels; {why}": "er hat {width} x {height} Pixel; {why}",
    "at most {area} pixels and {side} a side are allowed": (
        "erlaubt sind {area} Pixel und {side} an einer Seite"
    ),
    "at most {side} a side are allowed": "erlaubt sind {side} an einer Seite",
    "Select less, or scale the picture down": "Wählen Sie weniger aus, oder verkleinern Sie das Bild",
    "{document} cannot be used": "{document} kann nicht verwendet werden",
    "it was closed": "es wurde geschlossen",
    "Open it again": "Öffnen Sie es wieder",
    "A kept mask is too large": "Eine aufbewahrte Maske ist zu groß",
    "it has {area} pixels": "sie hat {area} Pixel",
    "Select the region anew": "Wählen Sie den Bereich neu aus",
    # The backend, and the way to it.
    "The backend cannot be found": "Das Backend ist nicht zu finden",
    "its endpoint file makes no sense": "seine Adressdatei ergibt keinen Sinn",
    "its endpoint file is unreadable: {reason}": "seine Adressdatei ist nicht lesbar: {reason}",
    "Start the backend": "Starten Sie das Backend",
    "The backend is not running": "Das Backend läuft nicht",
    "its process has ended": "sein Prozess ist beendet",
    "it says nowhere where it is": "es sagt nirgends, wo es ist",
    "There is no backend": "Es gibt kein Backend",
    "none is connected yet": "noch ist keines verbunden",
    "The job is lost": "Der Auftrag ist verloren",
    "the backend has ended since and does not know it": "das Backend war seither beendet und kennt ihn nicht",
    "Start it again": "Beginnen Sie ihn noch einmal",
    "The plugin and the backend do not understand each other": "Plugin und Backend verstehen einander nicht",
    "the plugin speaks {ours}, the backend {theirs}": "das Plugin spricht {ours}, das Backend {theirs}",
    "another one": "etwas anderes",
    "Update the older of plugin and backend": "Aktualisieren Sie das ältere von Plugin und Backend",
    "Update the older of plugin and backend (version {version})": (
        "Aktualisieren Sie das ältere von Plugin und Backend (Version {version})"
    ),
    "Update the plugin": "Aktualisieren Sie das Plugin",
    "Update the backend": "Aktualisieren Sie das Backend",
    "The connection to the backend is lost": "Die Verbindung zum Backend ist verloren",
    "It is tried again by itself": "Es wird von selbst wieder versucht",
    "the backend sent a text that is none": "das Backend sandte einen Text, der keiner ist",
    "what answers speaks no websocket, or not now": "was antwortet, spricht kein Websocket, oder jetzt nicht",
    "the backend closed it ({reason})": "das Backend hat sie geschlossen ({reason})",
    "the backend broke the websocket's rules ({reason})": (
        "das Backend brach die Regeln des Websockets ({reason})"
    ),
    "the backend is gone": "das Backend ist fort",
    "the backend did not answer within {seconds} seconds": (
        "das Backend antwortete nicht binnen {seconds} Sekunden"
    ),
    "nothing was heard of the backend for more than a minute": (
        "vom Backend war länger als eine Minute nichts zu hören"
    ),
    "it has ended": "sie ist beendet",
    "What listens at {address} is not the backend": "Was unter {address} hört, ist nicht das Backend",
    "it does not prove that it knows this start's token": (
        "es beweist nicht, dass es das Geheimnis dieses Starts kennt"
    ),
    "Start the backend again": "Starten Sie das Backend noch einmal",
    "The backend at {address} does not answer": "Das Backend unter {address} antwortet nicht",
    "nothing came within {seconds} seconds": "binnen {seconds} Sekunden kam nichts",
    "Connection refused": "die Verbindung wurde abgelehnt",
    "The remote host closed the connection": "die Gegenseite schloss die Verbindung",
    "The job was stopped": "Der Auftrag wurde abgebrochen",
    "you asked for it": "Sie haben es verlangt",
    "The backend at {address} cannot be trusted": "Dem Backend unter {address} ist nicht zu trauen",
    "Check its certificate and its name": "Prüfen Sie sein Zertifikat und seinen Namen",
    "The backend at {address} cannot be reached safely": (
        "Das Backend unter {address} ist nicht sicher zu erreichen"
    ),
    "Qt has found no TLS library here": "Qt hat hier keine TLS-Bibliothek gefunden",
    "Use a backend on this computer": "Verwenden Sie ein Backend auf diesem Rechner",
    "The backend's certificate cannot be read": "Das Zertifikat des Backends kann nicht gelesen werden",
    "{file} holds none, or cannot be opened": "{file} enthält keines oder lässt sich nicht öffnen",
    "Choose the PEM file that its owner gave you": "Wählen Sie die PEM-Datei, die Sie von dort haben",
    "The backend could not be started": "Das Backend konnte nicht gestartet werden",
    "its folder cannot be made: {reason}": "sein Ordner kann nicht angelegt werden: {reason}",
    "Free some space": "Schaffen Sie Platz",
    "{program} cannot be run": "{program} lässt sich nicht ausführen",
    "Set up the backend again": "Richten Sie das Backend neu ein",
    "it did not listen within {seconds} seconds": "es hörte binnen {seconds} Sekunden nicht",
    "Look into its log": "Sehen Sie in sein Protokoll",
    "it says: {words}": "es sagt: {words}",
    "it ended at once": "es endete sofort",
    "it ended without a reason": "sie endete ohne einen Grund",
    "The backend at {address} does not let you in": "Das Backend unter {address} lässt Sie nicht ein",
    "it answers {status}: {words}": "es antwortet {status}: {words}",
    "Check the address and your token": "Prüfen Sie die Adresse und Ihren Zugangscode",
    "{place} is no host and port": "{place} ist kein Rechner mit Port",
    "Name it as host:port in the settings": "Nennen Sie es in den Einstellungen als Rechner:Port",
    "The backend could not be set up": "Das Backend konnte nicht eingerichtet werden",
    "Try again: it goes on where it stopped": (
        "Versuchen Sie es noch einmal: es geht weiter, wo es stehen blieb"
    ),
    "The set-up cannot begin": "Die Einrichtung kann nicht beginnen",
    "Import the plugin again": "Importieren Sie das Plugin noch einmal",
    # Files and dialogs.
    "{file} is empty": "{file} ist leer",
    "there is nothing in it": "es steht nichts darin",
    "{file} is too large": "{file} ist zu groß",
    "no exported subject is": "kein exportiertes Motiv ist so groß",
    "Choose an exported subject": "Wählen Sie ein exportiertes Motiv",
    "{file} cannot be read": "{file} kann nicht gelesen werden",
    "{file} cannot be written": "{file} kann nicht geschrieben werden",
    "Choose another file": "Wählen Sie eine andere Datei",
    "Choose another place": "Wählen Sie einen anderen Ort",
    "the file system says no": "das Dateisystem lässt es nicht zu",
    "No space left on device": "auf dem Datenträger ist kein Platz mehr",
    "Permission denied": "der Zugriff ist nicht erlaubt",
    "Read-only file system": "der Datenträger ist schreibgeschützt",
    "No such file or directory": "es gibt keine solche Datei und keinen solchen Ordner",
    "The address cannot be used": "Die Adresse kann nicht verwendet werden",
    "Write it as studio.lan:8443": "Schreiben Sie sie wie studio.lan:8443",
    "The access code is missing": "Der Zugangscode fehlt",
    "a studio lets nobody in without": "ohne ihn lässt ein Studio niemanden ein",
    "Ask whoever runs it": "Fragen Sie, wer es betreibt",
    "The certificate cannot be found": "Das Zertifikat ist nicht zu finden",
    "there is no file {file}": "es gibt keine Datei {file}",
    "Choose the file again": "Wählen Sie die Datei noch einmal",
    "It did not work": "Es ist nicht gelungen",
    "The key could not be forgotten": "Der Schlüssel konnte nicht vergessen werden",
    "the system's keyring did not let it go": "der Schlüsselbund des Systems gab ihn nicht her",
    "Unlock the keyring and try again, or delete the key with the system's own program": (
        "Entsperren Sie den Schlüsselbund und versuchen Sie es noch einmal, "
        "oder löschen Sie den Schlüssel mit dem Programm des Systems"
    ),
    "The service's address cannot be used": "Die Adresse des Dienstes kann nicht verwendet werden",
    "it must look like {example}": "sie muss aussehen wie {example}",
    "Correct the address": "Berichtigen Sie die Adresse",
    "There is no model in that folder": "In diesem Ordner ist kein Modell",
    "it has no config.json": "er hat keine config.json",
    "Choose the folder of a vision-language model": "Wählen Sie den eines Modells, das Bilder beschreibt",
    "The service's model is missing": "Das Modell des Dienstes fehlt",
    "there is no usual one": "es gibt kein übliches",
    "Name the model to ask": "Nennen Sie das Modell, das gefragt werden soll",
    "No further attribute can be added": "Es kann keine Eigenschaft mehr dazu",
    "No further picture can be added": "Es kann kein Bild mehr dazu",
    "a subject has at most {most}": "ein Motiv hat höchstens {most}",
    "Keep those that tell it from others": "Behalten Sie die, die es von anderen unterscheiden",
    "Three to ten are plenty": "Drei bis zehn sind reichlich",
    "The layer is empty": "Die Ebene ist leer",
    "nothing is painted on it": "auf ihr ist nichts gemalt",
    "Pick another layer": "Wählen Sie eine andere Ebene",
    "The selection misses this picture": "Die Auswahl geht an diesem Bild vorbei",
    "it lies elsewhere on the canvas": "sie liegt anderswo auf der Leinwand",
    "Select the subject where the picture was taken": (
        "Wählen Sie das Motiv dort aus, wo das Bild genommen wurde"
    ),
    "There is nothing to take": "Es gibt nichts zu nehmen",
    "no picture is open": "es ist kein Bild offen",
    "Open a picture": "Öffnen Sie ein Bild",
    "Nothing is selected": "Nichts ist ausgewählt",
    "the selection is not there": "es gibt keine Auswahl",
    "the selection is empty": "die Auswahl ist leer",
    "the selection is outside of the picture": "die Auswahl liegt außerhalb des Bildes",
    "Select the subject": "Wählen Sie das Motiv aus",
    "it has more than {size} MB": "sie hat mehr als {size} MB",
    "Scale it down": "Verkleinern Sie es",
    "The selection is not of this picture": "Die Auswahl ist nicht von diesem Bild",
    "{document} has {width} x {height} pixels, the picture {its_width} x {its_height}": (
        "{document} hat {width} x {height} Pixel, das Bild {its_width} x {its_height}"
    ),
    "Open the picture itself, select the subject in it, and try again": (
        "Öffnen Sie das Bild selbst, wählen Sie das Motiv darin aus, und versuchen Sie es noch einmal"
    ),
    "There is no picture": "Es gibt kein Bild",
    "nothing was copied that is one": "nichts Kopiertes ist eines",
    "Copy a picture": "Kopieren Sie ein Bild",
    # What the backend says most.
    "There is not enough memory for this insert": "Der Speicher reicht nicht für dieses Motiv",
    "There is not enough memory for the model {model}": "Der Speicher reicht nicht für das Modell {model}",
    "There is not enough memory to teach the subject": "Der Speicher reicht nicht, das Motiv zu lernen",
    "the device ran out of it": "er war voll",
    "{device} ran out of it": "der von {device} war voll",
    "the device ran out of it, also with a smaller model and one variant at a time": (
        "er war auch mit einem kleineren Modell und nur einer Variante auf einmal voll"
    ),
    "Close other programs that use the device, or choose a smaller model": (
        "Schließen Sie andere Programme, die ihn brauchen, oder wählen Sie ein kleineres Modell"
    ),
    "The process that computed this ended too early": "Das Programm, das malt, endete zu früh",
    "There are too many jobs already": "Es sind schon zu viele Aufträge",
    "you may have {most} that wait, run, or keep their results": (
        "{most} dürfen warten, laufen oder ihre Ergebnisse behalten"
    ),
    "The server ends": "Das Backend endet",
    "Jobs go on when it starts again": "Aufträge gehen weiter, wenn es wieder startet",
    "The server could not do this": "Das Backend konnte das nicht",
    "of a defect in it": "es hat einen Fehler",
    "There is no model {model}": "Es gibt kein Modell {model}",
    "there are {models}": "es gibt {models}",
    "Choose one of them": "Wählen Sie eines davon",
    "The model {model} is not installed": "Das Modell {model} ist nicht da",
    "{model} cannot be removed from here": "{model} kann von hier aus nicht entfernt werden",
    "it lies in the folder of own models, and is yours alone to move or delete": (
        "es liegt im Ordner der eigenen Modelle, und nur Sie dürfen es verschieben oder löschen"
    ),
    "Take it out of {folder}": "Nehmen Sie es aus {folder} heraus",
    "The folder cannot be made": "Der Ordner kann nicht angelegt werden",
    "See that you may write there": "Sorgen Sie dafür, dass Sie dort schreiben dürfen",
    "The folder could not be opened": "Der Ordner konnte nicht geöffnet werden",
    "the system has nothing to open it with": "das System hat nichts, das ihn öffnet",
    "It is {folder}": "Es ist {folder}",
    "its files are not here": "seine Dateien sind nicht hier",
    "The picture has {width} x {height} pixels": "Das Bild hat {width} x {height} Pixel",
    "Scale it down or crop it": "Verkleinern Sie es, oder schneiden Sie es zu",
    "The mask is empty": "Die Maske ist leer",
    "no pixel of it is selected": "kein Pixel darin ist ausgewählt",
    "nothing is selected in it": "nichts darin ist ausgewählt",
    "Select the region to paint in": "Wählen Sie den Bereich aus, in den gemalt werden soll",
    "Paint the subject white": "Malen Sie das Motiv weiß",
    "{subject} was not taught yet": "{subject} ist noch nicht gelernt",
    "it has no version": "es hat keine Version",
    "Teach it first": "Lehren Sie es zuerst",
    "There is no subject {subject}": "Es gibt kein Motiv {subject}",
    "the library has none of that name or id": "die Bibliothek hat keines, das so heißt",
    "The library is busy": "Die Bibliothek ist besetzt",
    "another process holds {path}": "ein anderes Programm hält {path}",
    "Try again when it has finished": "Versuchen Sie es noch einmal, wenn es fertig ist",
    "No {thing} was found in the picture": "Im Bild wurde kein Motiv der Art {thing} gefunden",
    "nothing in its middle differs clearly from its border": (
        "nichts in seiner Mitte hebt sich deutlich vom Rand ab"
    ),
    "Draw a selection around it, give a mask, or choose another picture": (
        "Ziehen Sie eine Auswahl darum, geben Sie eine Maske, oder wählen Sie ein anderes Bild"
    ),
    "the file is damaged or cut short": "die Datei ist beschädigt oder abgeschnitten",
    "Copy or save it again": "Kopieren oder speichern Sie sie noch einmal",
    "it is no picture of the kinds {kinds}": "sie ist kein Bild der Arten {kinds}",
    "Save it as PNG": "Speichern Sie es als PNG",
    "it takes {needed} MiB and {free} MiB are free": "es braucht {needed} MiB, und {free} MiB sind frei",
    "Free some space, or choose another place": "Schaffen Sie Platz, oder wählen Sie einen anderen Ort",
    "The describer's answer cannot be used": "Die Antwort des Beschreibenden ist nicht zu gebrauchen",
    "The pictures could not be looked at": "Die Bilder konnten nicht angesehen werden",
    "Try again, or do it by hand": "Versuchen Sie es noch einmal, oder tun Sie es von Hand",
    "Nothing can be described": "Es gibt nichts zu beschreiben",
    "there is no picture": "es gibt kein Bild",
    "Add a picture first": "Fügen Sie zuerst ein Bild hinzu",
    "The edit and the prompt are too long": "Die Worte sind zu lang",
    "the model would not hear “{unheard}”": "das Modell würde „{unheard}“ nicht hören",
    "Say it in fewer words": "Sagen Sie es mit weniger Worten",
    # Hints.
    "The region is {pixels} px: details will be few.": (
        "Der Bereich ist {pixels} px groß: wenig Einzelheiten."
    ),
    "The model paints at {share} of the canvas's resolution: fine detail is lost.": (
        "Das Modell malt mit {share} der Auflösung der Leinwand: feine Einzelheiten gehen verloren."
    ),
    "{subject} has no pictures yet.": "{subject} hat noch keine Bilder.",
    "{missing} of {all} pictures have no mask yet.": "{missing} von {all} Bildern haben noch keine Maske.",
    "Nothing says what it looks like: edits will follow the words less well.": (
        "Nichts sagt, wie es aussieht: Änderungen folgen den Worten weniger gut."
    ),
}
"""By their English."""
