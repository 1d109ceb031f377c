"""The docker: widgets that show the controller and pass on what is clicked. Nothing is decided here.

Every widget has a name that stays, by which tests and screenshots find it:

    dreammix_panel                  everything, scrolled
    dreammix_status                 the status line; its menu: dreammix_status_menu
    dreammix_settings               the gear
    dreammix_artist                 whose library (a combo box)
    dreammix_search                 shown from eight subjects on
    dreammix_subjects               the cards (a list); dreammix_subject_menu is a card's menu
    dreammix_no_subjects            what an empty list says
    dreammix_new_subject            + New
    dreammix_headline               "Describe the change", or "Edit this insert"
    dreammix_edit                   the words
    dreammix_chips                  what they replace (a list whose items are checked)
    dreammix_strength               0 follows the words, 100 keeps the subject; dreammix_follow, dreammix_keep
    dreammix_background_layer       this layer
    dreammix_background_visible     what I see
    dreammix_advanced               folds dreammix_advanced_body out, which holds dreammix_quality,
                                    dreammix_steps, dreammix_blend, dreammix_guidance, dreammix_feather,
                                    dreammix_seed and dreammix_seed_new
    dreammix_action                 the big button
    dreammix_variants               1 to 4
    dreammix_told                   what is told beneath it, from dreammix_stage to dreammix_message
    dreammix_stage                  what is being computed, or how long it would take; dreammix_time_left,
                                    dreammix_progress
    dreammix_more                   smaller buttons:
    dreammix_queue                  how many wait; dreammix_queue_menu stops each
    dreammix_get_sdxl, dreammix_cancel, dreammix_insert_more, dreammix_copy_details, dreammix_dismiss
    dreammix_what                   what went wrong
    dreammix_message                why, and what to do; or a hint
    dreammix_results                this document's results (a list)
    dreammix_apply, dreammix_try_again, dreammix_discard
"""
