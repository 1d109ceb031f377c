"""What happens between the click and the layer, without a widget: the docker shows it and passes clicks on.

`controller` is the one that joins the others: `keeper` (the backend), `shelf` (the artist's subjects), `wish`
(what the docker's fields hold), `foresight` (what an insert would be), `insertion` (one job from the click to
its pictures) and `outcomes` (a document's results).
"""
