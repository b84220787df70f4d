"""The icons that pages may use, by their names in bootstrap-icons. Add one here, then run ``make vendor``."""

from __future__ import annotations

ICONS: tuple[str, ...] = tuple(
    """
    arrow-90deg-left arrow-clockwise arrow-counterclockwise arrow-down arrow-down-up arrow-left arrow-left-right
    arrow-repeat arrow-right arrow-up arrows-angle-contract arrows-angle-expand arrows-fullscreen award
    bar-chart bell bell-slash book bookmark box-arrow-in-right box-arrow-left box-arrow-right box-arrow-up-right
    broadcast broadcast-pin building building-add buildings bullseye
    calendar calendar2-week calendar3 calendar-check calendar-date calendar-event calendar-month calendar-plus
    calendar-range calendar-week calendar-x camera camera-video camera-video-fill camera-video-off
    camera-video-off-fill caret-down-fill caret-right-fill cast chat-dots chat-left-text check check2 check2-all
    check2-circle check2-square check-all check-circle check-circle-fill check-lg check-square chevron-double-left
    chevron-double-right chevron-down chevron-left chevron-right chevron-up circle circle-fill circle-half clipboard
    clipboard-check clock clock-fill clock-history cloud-arrow-down cloud-arrow-up cloud-slash collection copy cpu
    dash-circle dash-lg database database-down database-up display door-closed door-open door-open-fill dot download
    ear envelope envelope-at envelope-check envelope-exclamation envelope-open envelope-paper envelope-x
    exclamation-circle exclamation-circle-fill exclamation-octagon exclamation-triangle exclamation-triangle-fill
    eye eye-slash file-earmark-arrow-down file-earmark-arrow-up file-earmark-pdf file-earmark-spreadsheet
    file-earmark-text filetype-csv filetype-json filetype-pdf filter flag flag-fill fullscreen fullscreen-exit funnel
    gear geo geo-alt geo-alt-fill globe globe2 grid grid-3x2-gap grid-3x3-gap grid-fill grip-vertical
    hammer hand-index-thumb hand-thumbs-down hand-thumbs-up hdd hdd-network headphones headset heart hourglass
    hourglass-split house house-door image inbox info-circle info-circle-fill info-lg journal-check journal-text
    key keyboard laptop layout-sidebar layout-sidebar-reverse life-preserver lightning-charge link link-45deg list
    list-check list-ol list-task list-ul lock lock-fill mailbox map megaphone megaphone-fill mic mic-fill mic-mute
    mic-mute-fill moon moon-stars mortarboard newspaper palette paperclip patch-check pause pause-circle pause-fill
    pc-display pen pencil pencil-square people people-fill percent person person-add person-badge person-check
    person-check-fill person-circle person-dash person-fill person-gear person-lines-fill person-lock person-plus
    person-plus-fill person-raised-hand person-slash person-square person-video person-video2 person-video3
    person-workspace person-x person-x-fill phone pie-chart pin pin-angle pin-angle-fill pin-fill play play-btn
    play-circle play-fill plug plus plus-circle plus-lg power printer printer-fill projector qr-code question-circle
    question-circle-fill question-lg reception-0 reception-1 reception-2 reception-3 reception-4 record record2
    record-circle record-circle-fill reply router save save2 search skip-start-fill send send-check send-x server share shield
    shield-check shield-exclamation shield-lock skip-end skip-forward sliders sort-down sort-up speaker speedometer
    speedometer2 square star star-fill stars stop stop-circle stop-fill stopwatch stopwatch-fill sun tablet tag
    telephone telephone-fill telephone-forward telephone-inbound telephone-outbound telephone-x telephone-x-fill
    terminal three-dots three-dots-vertical toggle-off toggle-on tools translate trash trash3 trophy tv unlock upload
    universal-access volume-down volume-mute volume-mute-fill volume-off volume-up volume-up-fill webcam webcam-fill
    wifi wifi-1 wifi-2 wifi-off window window-stack wrench x x-circle x-circle-fill x-lg x-octagon x-square zoom-in
    zoom-out
    """.split()
)
