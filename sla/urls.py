"""Addresses of the queue, of what is done with a handoff, and of the versions of the contract."""

from django.urls import path

from sla.views import breaches, contracts, decisions, queue, seats, tasks

app_name = "sla"

urlpatterns = [
    path("queue/", queue.queue, name="queue"),
    path("queue/tasks/", tasks.task_list, name="tasks"),
    path("queue/tasks/<int:task_id>/", tasks.task_settle, name="task-settle"),
    path("queue/tasks/<int:task_id>/undo/", tasks.task_undo, name="task-undo"),
    path("handoffs/<int:handoff_id>/accept/", decisions.accept, name="accept"),
    path("handoffs/<int:handoff_id>/reject/", decisions.reject, name="reject"),
    path("handoffs/<int:handoff_id>/recycle/", decisions.recycle, name="recycle"),
    path("handoffs/<int:handoff_id>/undo/", decisions.undo, name="undo"),
    path("handoffs/<int:handoff_id>/log/", decisions.log, name="log"),
    path("handoffs/<int:handoff_id>/assign/", decisions.assign, name="assign"),
    path("breaches/<int:breach_id>/", breaches.breach, name="breach"),
    path("settings/seats/", seats.seat_list, name="seat-list"),
    path("contracts/draft/", contracts.contract_edit, name="contract-edit"),
    path("contracts/<int:number>/", contracts.contract_version, name="contract-version"),
]
