"""Addresses of the inventory."""

from django.urls import path

from inventory.verbs import OF_IMPORT, OF_RENEWABLE, OF_TAKE, OF_TASK, VERBS
from inventory.views import (
    assets,
    counting,
    custody,
    importing,
    labels,
    maintenance,
    renewables,
    rooms,
    software,
    types,
    verification,
)

app_name = "inventory"
urlpatterns = [
    path("", assets.index, name="list"),
    path("export/<slug:form>/", assets.export, name="export"),
    path("new/", assets.new, name="new"),
    path("imports/", importing.index, name="imports"),
    path("imports/<int:pk>/", importing.detail, name="import"),
    path("imports/<int:pk>/wrong/<slug:form>/", importing.wrong, name="import-wrong"),
    *(
        path(f"imports/<int:pk>/{name}/", importing.act, {"verb": name}, name=f"import-{name}")
        for name in OF_IMPORT
    ),
    path("software/", software.index, name="software"),
    path("software/<int:pk>/", software.title, name="software-title"),
    path("software/<int:pk>/export/<slug:form>/", software.export, name="software-export"),
    path("renewables/", renewables.index, name="renewables"),
    path("renewables/new/", renewables.keep, name="new-renewable"),
    path("renewables/certificate/", renewables.certificate, name="new-certificate"),
    path("renewables/<int:pk>/", renewables.detail, name="renewable"),
    path("renewables/<int:pk>/change/", renewables.keep, name="change-renewable"),
    path("renewables/files/<int:pk>/", renewables.document, name="document"),
    *(
        path(f"renewables/<int:pk>/{name}/", renewables.act, {"verb": name}, name=f"renewable-{name}")
        for name in OF_RENEWABLE
    ),
    path("scan/", labels.scan, name="scan"),
    path("labels/", labels.sheet, name="labels"),
    path("mine/", custody.mine, name="mine"),
    path("hand-overs/", custody.index, name="handovers"),
    path("hand-overs/new/", custody.hand_over, name="hand-over"),
    path("hand-overs/<int:pk>/", custody.detail, name="detail"),
    path("people/<int:pk>/", custody.person, name="person"),
    path("people/<int:pk>/take-back/", custody.take_back, name="take-back"),
    path("verification/", verification.index, name="verification"),
    path("counts/", counting.index, name="takes"),
    path("counts/new/", counting.new, name="new-take"),
    path("counts/worker.js", counting.worker, name="count-worker"),
    path("counts/<int:pk>/", counting.detail, name="take"),
    path("counts/<int:pk>/count/", counting.count, name="count"),
    path("counts/<int:pk>/sign/", counting.sign, name="sign-take"),
    path("counts/<int:pk>/sign/challenge/", counting.challenge, name="sign-challenge"),
    *(
        path(f"counts/<int:pk>/{name}/", counting.act, {"verb": name}, name=f"take-{name}")
        for name in OF_TAKE
    ),
    path("maintenance/", maintenance.index, name="maintenance"),
    path("maintenance/calendar/", maintenance.calendar, name="calendar"),
    path("maintenance/mine.ics", maintenance.ics, name="ics"),
    path("maintenance/plans/", maintenance.plans, name="plans"),
    path("maintenance/plans/new/", maintenance.keep_plan, name="new-plan"),
    path("maintenance/plans/<int:pk>/", maintenance.keep_plan, name="plan"),
    path("maintenance/plans/<int:pk>/end/", maintenance.end_plan, name="end-plan"),
    path("maintenance/<int:pk>/", maintenance.task, name="task"),
    *(
        path(f"maintenance/<int:pk>/{name}/", maintenance.act, {"verb": name}, name=f"task-{name}")
        for name in OF_TASK
    ),
    path("rooms/", rooms.index, name="rooms"),
    path("rooms/new/", rooms.keep, name="new-room"),
    path("rooms/<int:pk>/", rooms.keep, name="room"),
    path("types/", types.index, name="types"),
    path("types/new/", types.keep, name="new-type"),
    path("types/<int:pk>/", types.keep, name="type"),
    path("t/<path:tag>/", assets.tagged, name="tagged"),
    path("of/<int:pk>/", assets.of_person, name="of_person"),
    path("files/<int:pk>/", assets.file, name="file"),
    path("files/<int:pk>/small/", assets.small, name="small"),
    path("<int:pk>/", assets.detail, name="asset"),
    *(path(f"<int:pk>/{name}/", assets.act, {"verb": name}, name=name) for name in VERBS),
]
